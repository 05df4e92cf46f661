/** Doors that write down what they answered, so that a later run can ask whether the answers are still the same. */
import type { Digest } from "../../lib/base/digest.ts";
import type { Files } from "../../lib/contracts/files.ts";
import type { World } from "../../lib/contracts/world.ts";
import type { PipelineDoors } from "../../lib/pipeline/resolve.ts";
import { sha256 } from "../stores/sha256.ts";

/** What the compilation of a pipeline asked, and the answers; null: there was none. */
export interface CompileAnswers {
  /** Digest of the text by path. */
  readonly texts: Record<string, Digest | null>;
  readonly environment: Record<string, string | null>;
  /** File or folder, by path. */
  readonly kinds: Record<string, string | null>;
}

/** What the keys of a run depend on outside the pipeline. */
export interface FolderAnswers {
  /** By folder. */
  readonly fingerprints: Record<string, Digest>;
  /** By folder and path. */
  readonly digests: Record<string, Record<string, Digest>>;
  /** Whether something was asked whose answer is not kept. */
  open: boolean;
}

export function recordedDoors(doors: PipelineDoors): { doors: PipelineDoors; answers: CompileAnswers } {
  const answers: CompileAnswers = { texts: {}, environment: {}, kinds: {} };
  const recorded: PipelineDoors = {
    cwd: doors.cwd,
    environment(name) {
      const value = doors.environment(name);
      answers.environment[name] = value ?? null;
      return value;
    },
    async readText(path) {
      const text = await doors.readText(path);
      answers.texts[path] = text === undefined ? null : sha256(text);
      return text;
    },
    async kindOf(path) {
      const kind = await doors.kindOf(path);
      answers.kinds[path] = kind ?? null;
      return kind;
    },
  };
  return { doors: recorded, answers };
}

/** A world whose files are watched. */
export function recordedWorld(world: World): { world: World; answers: FolderAnswers } {
  const answers: FolderAnswers = { fingerprints: {}, digests: {}, open: false };
  const files = (folder: string): Files => recordedFiles(folder, world.files(folder), answers);
  return { world: { ...world, files }, answers };
}

function recordedFiles(folder: string, files: Files, answers: FolderAnswers): Files {
  const untold = <T>(answer: T): T => {
    answers.open = true;
    return answer;
  };
  return {
    folder: files.folder,
    list: () => untold(files.list()),
    read: (path) => untold(files.read(path)),
    readText: (path) => untold(files.readText(path)),
    changes: (since) => untold(files.changes(since)),
    async fingerprint() {
      return answers.fingerprints[folder] = await files.fingerprint();
    },
    async digest(path) {
      return (answers.digests[folder] ??= {})[path] = await files.digest(path);
    },
  };
}
