import { interop } from "./suite.ts";

interop("bird");
