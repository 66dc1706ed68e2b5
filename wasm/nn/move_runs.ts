// Runs of `bytes` bytes, any dtype: run to[i] of out := run from[i] of source, for i < count. Runs lie one after the other;
// from and to hold their numbers (u32), 0 stands for 0, 1, 2, ...; cleared where source is 0.
import { clear_run, copy_run } from "./conv/copy_run";

// @ts-ignore: decorator
@kernel
export function move_runs(
  count: i32,
  bytes: i32,
  from: usize,
  source: usize,
  to: usize,
  out: usize,
): void {
  for (let i = 0; i < count; i++) {
    const place = <usize> i << 2, run = <usize> bytes;
    const at = out + (to == 0 ? <usize> i : <usize> load<u32>(to + place)) * run;
    if (source == 0) clear_run(bytes, at);
    else copy_run(bytes, source + (from == 0 ? <usize> i : <usize> load<u32>(from + place)) * run, at);
  }
}
