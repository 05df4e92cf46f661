import { z } from "zod";
import type { DatasetReader, Face, Reject } from "../contracts/data.ts";
import type { Files } from "../contracts/files.ts";
import { baseName, isImageName, OLDEST } from "./_images.ts";

const GENDERS: ReadonlyMap<string, string> = new Map([["0", "male"], ["1", "female"]]);
const RACES: ReadonlyMap<string, string> = new Map([
  ["0", "white"],
  ["1", "black"],
  ["2", "asian"],
  ["3", "indian"],
  ["4", "others"],
]);

/** Images that carry their labels in their names: `age_gender_race_time.jpg`, `age_gender_race_time.jpg.chip.jpg`. */
export const utkface: DatasetReader<Record<string, never>> = {
  name: "utkface",
  about: "Images named as UTKFace names them, age_gender_race_time.jpg, in the folder and below it.",
  source: "Zhang, Song, Qi: Age Progression/Regression by Conditional Adversarial Autoencoder, CVPR 2017",
  params: z.strictObject({}),
  read,
  columns: () => Promise.resolve(["gender", "race", "time"]),
};

async function* read(files: Files): AsyncGenerator<Face | Reject> {
  for (const { path } of await files.list()) {
    if (isImageName(path)) yield parseName(path);
  }
}

/** The labels in a file name, or which of its fields is not as it should be. */
export function parseName(file: string): Face | Reject {
  const reject = (reason: string): Reject => ({ file, reason });
  const fields = baseName(file).split(".")[0].split("_");
  if (fields.length !== 4) return reject(`its name has ${fields.length} fields, not age_gender_race_time`);
  const [years, sex, origin, stamp] = fields;
  if (!/^\d{1,3}$/.test(years) || Number(years) > OLDEST) return reject(`"${years}" is not an age of 0 to ${OLDEST}`);
  const gender = GENDERS.get(sex);
  if (gender === undefined) return reject(`its gender "${sex}" is neither 0 (male) nor 1 (female)`);
  const race = RACES.get(origin);
  if (race === undefined) return reject(`its race "${origin}" is none of 0 to 4`);
  const time = dateOf(stamp);
  if (time === undefined) return reject(`its time "${stamp}" does not start with a date, as in 20170116174525125`);
  return { file, age: Number(years), groups: { gender, race, time } };
}

/** The day of collection. A few published names have odd milliseconds; the date before them is whole. */
function dateOf(stamp: string): string | undefined {
  const match = /^(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d/.exec(stamp);
  return match ? `${match[1]}-${match[2]}-${match[3]}` : undefined;
}
