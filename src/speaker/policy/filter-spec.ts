// A filter as plain data: its rules (route/filter-rule.ts), and those of the filters that they lead to.

import type { FilterRule } from "../../route/index.ts";

export type {
  AsPathMatch,
  FilterChange,
  FilterMatch,
  FilterRule,
  FilterSource,
  FilterVerdict,
  NumberRange,
} from "../../route/index.ts";

export interface FilterSpec {
  readonly name: string;
  /** A short text that only filters share which say the same, where somebody has seen to that. */
  readonly key?: string | undefined;
  readonly rules: readonly FilterRule[];
  /** Those that `goto` names, here or in them. */
  readonly others?: readonly FilterSpec[] | undefined;
}
