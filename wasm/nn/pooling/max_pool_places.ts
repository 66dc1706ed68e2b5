// The derivative of max_pool at the places that it chose: push takes tangents t of x to those of y, pull takes cotangents u
// of y to those of x. push is t at the place; pull adds u to the place, windows in order, and clears the rest.
import * as g from "../geometry";

// @ts-ignore: decorator
@kernel
export function max_pool_push<T>(batch: i32, geometry: usize, places: usize, t: usize, out: usize): void {
  const pixel = <usize> g.channels(geometry) * sizeof<T>();
  const image = <usize> (g.height(geometry) * g.width(geometry)) * pixel;
  const windows = g.output_height(geometry) * g.output_width(geometry);
  for (; batch > 0; batch--, t += image) {
    for (let w = 0; w < windows; w++) {
      for (let at: usize = 0; at < pixel; at += sizeof<T>()) {
        const place = <usize> <i32> load<T>(places + at);
        store<T>(out + at, load<T>(t + place * pixel + at));
      }
      places += pixel;
      out += pixel;
    }
  }
}

// @ts-ignore: decorator
@kernel
export function max_pool_pull<T>(batch: i32, geometry: usize, places: usize, u: usize, out: usize): void {
  const pixel = <usize> g.channels(geometry) * sizeof<T>();
  const image = <usize> (g.height(geometry) * g.width(geometry)) * pixel;
  const windows = g.output_height(geometry) * g.output_width(geometry);
  memory.fill(out, 0, <usize> batch * image);
  for (; batch > 0; batch--, out += image) {
    for (let w = 0; w < windows; w++) {
      for (let at: usize = 0; at < pixel; at += sizeof<T>()) {
        const to = out + <usize> <i32> load<T>(places + at) * pixel + at;
        store<T>(to, <T> (load<T>(to) + load<T>(u + at)));
      }
      places += pixel;
      u += pixel;
    }
  }
}
