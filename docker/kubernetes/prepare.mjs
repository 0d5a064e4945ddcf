// Writes a node's configuration: a template, with what Kubernetes knows of the node in the place of ${...}.
//
//   node prepare.mjs TEMPLATE FILE ACCOUNT
//
// ACCOUNT: the folder of the service account. The API server is asked once, for the Node $NODE_NAME. With
// anything missing it ends with status 1 and says what; the kubelet tries again.
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

const PLACE = /\$\{(\w+)(?: ([^}]+))?\}/g;
/** Nothing that could become more of the file than one value. */
const VALUE = /^[\w.:/%-]+$/;
/** Milliseconds until an API server that says nothing is given up. */
const PATIENCE = 10_000;

/** @param {string} account @param {string} name */
function nodeOf(account, name) {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  const token = readFileSync(join(account, "token"), "utf8").trim();
  const options = {
    ...{ host, port, path: `/api/v1/nodes/${encodeURIComponent(name)}`, timeout: PATIENCE },
    ca: readFileSync(join(account, "ca.crt")),
    headers: { authorization: `Bearer ${token}`, accept: "application/json" },
  };
  return new Promise((resolve, reject) => {
    const asked = request(options, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (piece) => (text += piece));
      reply.on("error", reject);
      reply.on("end", () => resolve({ status: reply.statusCode, text: text.trim() }));
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer in ${PATIENCE / 1000} s`)));
    asked.on("error", reject);
    asked.end();
  })
    .then(({ status, text }) => {
      if (status !== 200) throw new Error(`status ${status}: ${text.slice(0, 500)}`);
      return JSON.parse(text);
    })
    .catch((error) => {
      throw new Error(`API server ${host} port ${port}, node ${name}: ${error.message}`);
    });
}

/** What a place stands for; undefined: the node has no such thing. */
function valueOf(node, kind, key) {
  switch (kind) {
    case "name":
      return node.metadata.name;
    case "address":
      return node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
    case "podCIDRs":
      return node.spec?.podCIDRs;
    case "label":
      return node.metadata.labels?.[key];
    case "annotation":
      return node.metadata.annotations?.[key];
    default:
      throw new Error(`\${${kind}} is none of name, address, podCIDRs, label KEY, annotation KEY`);
  }
}

/** A line of the template; comments stay as they are. */
function filled(line, node) {
  if (line.trimStart().startsWith("#")) return line;
  return line.replaceAll(PLACE, (place, kind, key) => {
    const value = valueOf(node, kind, key);
    if (!value?.length) throw new Error(`${place}: node ${node.metadata.name} has none`);
    for (const part of [value].flat()) {
      if (!VALUE.test(part)) throw new Error(`${place}: no such value: ${JSON.stringify(part)}`);
    }
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

const [template, file, account] = process.argv.slice(2);
const name = process.env.NODE_NAME;
try {
  const node = await nodeOf(account, name);
  const lines = readFileSync(template, "utf8").split("\n");
  writeFileSync(file, lines.map((line) => filled(line, node)).join("\n"));
  console.log(`wrote ${file} for ${name}`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
