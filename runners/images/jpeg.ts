/** The door to MozJPEG's decoder, compiled to WebAssembly by Squoosh and packed as `@jsquash/jpeg`. */
import makeCodec from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import type { Raster } from "../../lib/images/resize.ts";
import { truncated, UnreadableImage } from "./unreadable.ts";

/** What of the Emscripten module is used. */
interface Codec {
  decode(bytes: Uint8Array, preserveOrientation: boolean): ImageData | null;
}

type MakeCodec = (options: {
  noInitialRun: boolean;
  printErr(line: string): void;
  instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): unknown;
}) => Promise<Codec>;

const WASM = "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";

/** Pixels from which on a codec is not used again: its memory never shrinks. */
const LARGE = 8_000_000;

/** Decodes one JPEG after another. A codec that failed may have lost memory, so the next image gets a new one. */
export class JpegDecoder {
  #module: WebAssembly.Module | undefined;
  #codec: Codec | undefined;
  /** What libjpeg says of the image at hand. */
  #warnings: string[] = [];

  /** Grey or colour to RGBA; the EXIF orientation is left alone. @throws UnreadableImage */
  async decode(bytes: Uint8Array): Promise<Raster> {
    this.#codec ??= await this.#make();
    this.#warnings = [];
    const image = this.#decodeNow(this.#codec, bytes);
    if (image.width * image.height > LARGE) this.#codec = undefined;
    if (this.#warnings.some((warning) => /premature end/i.test(warning))) throw truncated();
    return { width: image.width, height: image.height, data: image.data as Uint8ClampedArray };
  }

  #decodeNow(codec: Codec, bytes: Uint8Array): ImageData {
    try {
      const image = codec.decode(bytes, false);
      if (image) return image;
    } catch {
      // The codec ends by an exit status; what is wrong has been printed.
    }
    this.#codec = undefined;
    const said = this.#warnings.at(-1);
    throw new UnreadableImage(said === undefined ? "damaged: not a decodable JPEG" : `damaged: ${said}`);
  }

  async #make(): Promise<Codec> {
    this.#module ??= await WebAssembly.compile(await Deno.readFile(new URL(import.meta.resolve(WASM))));
    const module = this.#module;
    return await (makeCodec as unknown as MakeCodec)({
      noInitialRun: true,
      printErr: (line) => this.#warnings.push(line),
      instantiateWasm(imports, done) {
        const instance = new WebAssembly.Instance(module, imports);
        done(instance);
        return instance.exports;
      },
    });
  }
}
