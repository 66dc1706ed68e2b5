// Files of weights that must be refused, by what is wrong with them.
import { weightsFile, withHeader } from "./_target.ts";

/** A file that declares so long a header. */
function withLength(low: number, high: number, bytes = weightsFile()): Uint8Array {
  const view = new DataView(bytes.buffer);
  view.setUint32(0, low, true);
  view.setUint32(4, high, true);
  return bytes;
}

/** A file whose header is just these bytes. */
function headerOf(...bytes: readonly number[]): Uint8Array {
  const file = new Uint8Array(8 + bytes.length);
  file[0] = bytes.length;
  file.set(bytes, 8);
  return file;
}

/** A sound file with elements of these values. */
function withElements(...values: readonly number[]): Uint8Array {
  return withHeader(weightsFile(), (header) => header, bytesOf(values));
}

function bytesOf(values: readonly number[]): Uint8Array {
  return new Uint8Array(new Float32Array(values).buffer);
}

const BIAS = `"0.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`;
const WEIGHT = `"0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}`;
const SOUND = `{"__metadata__":{"format":"pt"},${BIAS},${WEIGHT}}`;

/** Headers around the 12 bytes of a sound file. */
const HEADERS: Readonly<Record<string, string>> = {
  "empty header": "",
  "no brace": "0",
  "an array": "[]",
  "a space first": ` ${SOUND}`,
  "a byte order mark": `\ufeff${SOUND}`,
  "half a header": SOUND.slice(0, 60),
  "garbage behind": `${SOUND}x`,
  "a second object behind": `${SOUND}{}`,
  "padded with tabs": `${SOUND}\t`,
  "padded with zeros": `${SOUND}\0`,
  "a comma behind the last": `{${BIAS},${WEIGHT},}`,
  "no comma between": `{${BIAS}${WEIGHT}}`,
  "no colon": `{"0.bias"{}}`,
  "single quotes": SOUND.replaceAll('"', "'"),
  "a comment": `{/**/${BIAS},${WEIGHT}}`,
  "a bare name": `{bias:{}}`,
  "deep objects": `{"a":`.repeat(100_000),
  "deep arrays": `{"a":${"[".repeat(100_000)}`,
  "deep shape": `{"a":{"shape":${"[".repeat(100_000)}`,
  "deep metadata": `{"__metadata__":${`{"a":`.repeat(100_000)}`,
  "too many tensors": `{${
    Array.from(
      { length: 65537 },
      (_, i) => `"${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
    )
  }}`,
  "too much metadata": `{"__metadata__":{${Array.from({ length: 65537 }, (_, i) => `"${i}":""`)}}}`,
  "a tensor twice": `{${BIAS},${WEIGHT},${BIAS}}`,
  "a tensor twice, once escaped": `{${BIAS},${WEIGHT},${BIAS.replace("0.bias", "\\u0030.bias")}}`,
  "dtype twice": `{${BIAS.replace("{", `{"dtype":"F64",`)},${WEIGHT}}`,
  "offsets twice": `{${BIAS.replace("{", `{"data_offsets":[0,4],`)},${WEIGHT}}`,
  "metadata twice": `{"__metadata__":{},${BIAS},${WEIGHT},"__metadata__":{}}`,
  "a key of metadata twice": `{"__metadata__":{"a":"","a":""},${BIAS},${WEIGHT}}`,
  "metadata that is an array": `{"__metadata__":[],${BIAS},${WEIGHT}}`,
  "metadata that is null": `{"__metadata__":null,${BIAS},${WEIGHT}}`,
  "metadata with a number": `{"__metadata__":{"a":1},${BIAS},${WEIGHT}}`,
  "metadata with an object": `{"__metadata__":{"a":{}},${BIAS},${WEIGHT}}`,
  "metadata as a tensor": `{"__metadata__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`,
  "a lone surrogate": `{${BIAS},${WEIGHT.replace("0.weight", "\\ud800")}}`,
  "surrogates in the wrong order": `{${BIAS},${WEIGHT.replace("0.weight", "\\udc00\\ud800")}}`,
  "an unknown escape": `{${BIAS},${WEIGHT.replace("0.weight", "\\x30")}}`,
  "half an escape": `{${BIAS},${WEIGHT.replace("0.weight", "\\u30")}}`,
  "a line break in a string": `{${BIAS},${WEIGHT.replace("0.weight", "0.\nweight")}}`,
  "a string that does not end": `{"0.bias`,
  "a string that ends in a backslash": `{"0.bias\\`,
  "a name that is too long": `{${BIAS.replace("0.bias", "x".repeat(1025))},${WEIGHT}}`,
  "a tensor that is a number": `{"0.bias":1,${WEIGHT}}`,
  "a tensor that is null": `{"0.bias":null,${WEIGHT}}`,
  "an empty tensor": `{"0.bias":{},${WEIGHT}}`,
  "an unknown key": `{${BIAS.replace("{", `{"strides":[1],`)},${WEIGHT}}`,
  "a key __proto__": `{${BIAS.replace("{", `{"__proto__":{"polluted":1},`)},${WEIGHT}}`,
  "half precision": SOUND.replace("F32", "F16"),
  "integers": SOUND.replace("F32", "I64"),
  "lower case": SOUND.replace("F32", "f32"),
  "no dtype name": SOUND.replace("F32", ""),
  "a dtype of Object": SOUND.replace("F32", "constructor"),
  "a dtype that is a number": SOUND.replace(`"F32"`, "32"),
  "another dtype": `{"0.bias":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},` +
    `"0.weight":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`,
  "a name of the prototype": SOUND.replace("0.bias", "__proto__"),
  "a name of the constructor": SOUND.replace("0.bias", "constructor"),
  "a name of a method": SOUND.replace("0.bias", "toString"),
  "another name": SOUND.replace("0.bias", "1.bias"),
  "a tensor less": `{"0.bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}`,
  "a tensor more":
    `{${BIAS},${WEIGHT},"1.bias":{"dtype":"F32","shape":[0],"data_offsets":[12,12]}}`,
  "another shape": SOUND.replace("[1,2]", "[2,1]"),
  "another rank": SOUND.replace("[1,2]", "[2]"),
  "rank 9": SOUND.replace("[1,2]", "[1,1,1,1,1,1,1,1,2]"),
  "rank 100000": SOUND.replace("[1,2]", `[${"1,".repeat(99_999)}2]`),
  "a shape that is a number": SOUND.replace("[1,2]", "2"),
  "a shape too large for its bytes": SOUND.replace("[1,2]", "[1,3]"),
  "a product beyond 2^53": SOUND.replace("[1,2]", "[4294967296,4294967296]"),
  "a product beyond 2^53, then zero": SOUND.replace("[1,2]", "[4294967296,4294967296,0]"),
  "a product that wraps to the right size": SOUND.replace("[1,2]", "[9007199254740991,2]"),
  "an overlap": SOUND.replace("[4,12]", "[0,8]"),
  "a hole in front": SOUND.replace("[0,4]", "[4,8]").replace("[4,12]", "[8,16]"),
  "a hole between": SOUND.replace("[1,2]", "[1,1]").replace("[4,12]", "[8,12]"),
  "bytes left over": SOUND.replace("[1,2]", "[1,1]").replace("[4,12]", "[4,8]"),
  "bytes that are not there": SOUND.replace("[1,2]", "[1,3]").replace("[4,12]", "[4,16]"),
  "an end before the beginning": SOUND.replace("[4,12]", "[12,4]"),
  "one offset": SOUND.replace("[4,12]", "[4]"),
  "three offsets": SOUND.replace("[4,12]", "[4,12,12]"),
  "no offsets": SOUND.replace("[4,12]", "[]"),
};

/** Numbers that are no sizes, in place of the end 12. */
const NUMBERS: readonly string[] = [
  "-12",
  "+12",
  "12.0",
  "1.2e1",
  "12e0",
  "012",
  "0xc",
  "1_2",
  "1 2",
  "12n",
  '"12"',
  "null",
  "true",
  "NaN",
  "Infinity",
  "9007199254740993",
  "9007199254740992",
  "18446744073709551628",
  "1".repeat(100_000),
];

/** All of them, by name. */
export function weightsCorpus(): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let n = 0; n < 8; n++) files.set(`${n} bytes`, weightsFile().slice(0, n));
  for (const [name, header] of Object.entries(HEADERS)) {
    files.set(name, withHeader(weightsFile(), () => header));
  }
  for (const number of NUMBERS) {
    const header = SOUND.replace("[4,12]", `[4,${number}]`);
    files.set(`an offset ${number.slice(0, 30)}`, withHeader(weightsFile(), () => header));
  }
  files.set("a header of 2^63 bytes", withLength(0, 0x80000000));
  files.set("a header of 2^53 bytes", withLength(0, 0x200000));
  files.set("a header of 2^32 bytes more", withLength(weightsFile()[0], 1));
  files.set("a header of 2^31 bytes", withLength(0x80000000, 0));
  files.set("a header of 16 MiB and 1", withLength(16 * 2 ** 20 + 1, 0, new Uint8Array(2 ** 25)));
  files.set("a header longer than the file", withLength(weightsFile().length, 0));
  files.set("a header of no bytes", withLength(0, 0));
  files.set("bytes that are not UTF-8", headerOf(0x7b, 0x22, 0xff, 0x22, 0x7d));
  files.set("an overlong encoding", headerOf(0x7b, 0x22, 0xc0, 0x80, 0x22, 0x7d));
  files.set("an encoded surrogate", headerOf(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d));
  files.set("UTF-16", headerOf(0x7b, 0, 0x7d, 0));
  files.set("gzip", headerOf(0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0));
  files.set("256 MiB of nothing", new Uint8Array(2 ** 28));
  files.set("NaN among the elements", withElements(1, NaN, 2));
  files.set("infinity among the elements", withElements(1, 2, -Infinity));
  files.set("one byte more", new Uint8Array([...weightsFile(), 0]));
  return files;
}
