export { sha256_blocks, sha256_scratch } from "./sha256";
