export { dsyev, dsyev_work_bytes, ssyev, ssyev_work_bytes } from "./syev";
