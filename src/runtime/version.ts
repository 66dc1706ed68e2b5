/** Version of the library, that of deno.json: with the kernels it decides all bits. */
export const VERSION = "0.1.0";
