export { dscal, sscal } from "./scal";
