/** Faces turned, scaled and shifted so that eyes, nose and mouth lie where face-recognition networks expect them. */
import type { Landmarks, Pixels } from "../contracts/data.ts";
import type { Raster } from "./resize.ts";
import { inverse, nearestSimilarity, type Similarity } from "./similarity.ts";
import { warpSquare } from "./warp.ts";

/** Where the five points lie in an image of 112 x 112 pixels (ArcFace, Deng et al. 2019; `arcface_dst` of insightface). */
const TEMPLATE: Landmarks = [38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041];
const TEMPLATE_SIZE = 112;

/** Where the five points of an aligned face lie in an image of `size` pixels a side: insightface's places times size / 112. */
export function templateFor(size: number): Landmarks {
  return TEMPLATE.map((place) => (place * size) / TEMPLATE_SIZE);
}

/** Why a face cannot be aligned by these points, if so. */
export function alignmentProblem(landmarks: Landmarks | null): string | undefined {
  if (landmarks === null) return "it has no landmarks, which dataset.align needs";
  const [leftX, leftY, rightX, rightY] = landmarks;
  const mouthX = (landmarks[6] + landmarks[8] - leftX - rightX) / 2;
  const mouthY = (landmarks[7] + landmarks[9] - leftY - rightY) / 2;
  // Positive where, with the eyes level, the mouth is below them.
  if ((rightX - leftX) * mouthY - (rightY - leftY) * mouthX > 0) return undefined;
  return "its landmarks are mirrored or at one place: left is the left of the image";
}

/** The aligned face, `size` by `size` pixels. @throws RangeError where `alignmentProblem` finds one. */
export function alignFace(image: Raster, landmarks: Landmarks, size: number): Pixels {
  return warpSquare(image, inverse(alignmentOf(landmarks, size)), size);
}

/** The similarity from the image to the aligned face. */
export function alignmentOf(landmarks: Landmarks, size: number): Similarity {
  const problem = alignmentProblem(landmarks);
  const found = problem === undefined ? nearestSimilarity(landmarks, templateFor(size)) : undefined;
  if (!found) throw new RangeError(`Cannot align a face: ${problem}`);
  return found;
}
