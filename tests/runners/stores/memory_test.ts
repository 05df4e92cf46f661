import { memoryStore } from "../../../runners/stores/memory.ts";
import { storeContract } from "./_contract.ts";

storeContract("memory store", memoryStore);
