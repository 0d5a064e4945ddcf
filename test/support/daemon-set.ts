import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

/** The DaemonSet of docker/kubernetes, as far as tests look at it. */

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly securityContext: {
    readonly runAsUser?: number;
    readonly privileged?: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly capabilities: { readonly drop: readonly string[]; readonly add: readonly string[] };
  };
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

interface Probe {
  readonly httpGet: { readonly host: string; readonly port: number; readonly path: string };
}

export interface DaemonSet {
  readonly kind: "DaemonSet";
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly automountServiceAccountToken: boolean;
        readonly securityContext: {
          readonly runAsUser: number;
          readonly runAsGroup: number;
          readonly fsGroup: number;
          readonly runAsNonRoot: boolean;
        };
        readonly initContainers: readonly Container[];
        readonly containers: readonly Container[];
        readonly volumes: readonly {
          readonly name: string;
          readonly configMap?: { readonly name: string };
          readonly hostPath?: { readonly path: string };
        }[];
      };
    };
  };
}

const FILE = join(import.meta.dirname, "../../docker/kubernetes/underlay.yaml");

export const DAEMON_SET = parseAllDocuments(readFileSync(FILE, "utf8"))
  .map((document) => document.toJS() as DaemonSet)
  .find(({ kind }) => kind === "DaemonSet")!;

export const containersOf = ({ spec }: DaemonSet): Container[] => [
  ...spec.template.spec.initContainers,
  ...spec.template.spec.containers,
];
