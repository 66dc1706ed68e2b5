export { dpotrf, potrf_work_bytes, spotrf } from "./potrf";
export { dpotri, dpotri_work_bytes, spotri, spotri_work_bytes } from "./potri";
export { dpotrs, spotrs } from "./potrs";
export { dsyev, dsyev_work_bytes, ssyev, ssyev_work_bytes } from "./syev";
