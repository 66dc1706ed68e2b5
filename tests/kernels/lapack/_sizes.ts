/** Both sides of every block size, and every remainder of the lanes. */
export const SIZES: readonly number[] = [
  ...[0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129],
];

/** One larger size, for the types that show the most. */
export const LARGE = 256;
