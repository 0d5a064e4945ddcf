/** A line of `plan` with --json about one prefix. */
export interface PlannedItem {
  readonly what: string;
  readonly change: string;
  readonly peer?: string;
  readonly prefix: string;
  readonly rule: string;
  /** Why it is a leak. */
  readonly leak?: string;
}
