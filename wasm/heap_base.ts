/** First byte of memory that the module leaves to its host. */
// @ts-ignore: decorator
@kernel
export function heap_base(): usize {
  return __heap_base;
}
