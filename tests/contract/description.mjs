// SPDX-License-Identifier: MIT
// GitHub's OpenAPI description, made fit for the mock server: only our operations, the media type
// that clients really send, request bodies without room for fields that GitHub does not know, refs
// with slashes in them, and no example of a Link that leads to another host.

const media = "application/vnd.github+json";

function resolver(description) {
  return (value) => {
    while (value && typeof value === "object" && value.$ref) {
      value = value.$ref.slice(2).split("/")
        .reduce((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")], description);
    }
    return value;
  };
}

/// An object's fields are those that are described. Alternatives are left as they are: they share
/// the fields of the whole.
function close(schema, resolve) {
  schema = resolve(schema);
  if (!schema) return;
  if (schema.properties && !schema.oneOf && !schema.anyOf && !schema.allOf) {
    schema.additionalProperties = false;
  }
  for (const property of Object.values(schema.properties ?? {})) close(property, resolve);
  if (schema.items) close(schema.items, resolve);
}

/// "/git/ref/{ref}" also as "/git/ref/{ref}/{ref_2}" and so on: a ref has slashes.
function withSlashes(paths) {
  for (const [path, item] of Object.entries({ ...paths })) {
    if (!path.endsWith("/{ref}")) continue;
    for (const [names, more] of [["ref_2"], ["ref_2", "ref_3"], ["ref_2", "ref_3", "ref_4"]]
      .map((names) => [names, names.map((name) => `/{${name}}`).join("")])) {
      const copy = structuredClone(item);
      for (const operation of Object.values(copy)) {
        operation.operationId += more;
        operation.parameters.push(...names.map((name) =>
          ({ name, in: "path", required: true, schema: { type: "string" } })));
      }
      paths[path + more] = copy;
    }
  }
}

function referenced(description, resolve) {
  const needed = new Set();
  const walk = (value) => {
    if (!value || typeof value !== "object") return;
    if (typeof value.$ref === "string" && !needed.has(value.$ref)) {
      needed.add(value.$ref);
      walk(resolve(value));
    }
    Object.values(value).forEach(walk);
  };
  walk(description.paths);
  return needed;
}

export function prepared(description, operations) {
  const resolve = resolver(description);
  const paths = {};
  for (const operation of operations) {
    const [method, path] = operation.split(" ");
    const found = description.paths[path]?.[method.toLowerCase()];
    if (!found) throw new Error(`GitHub's description has no ${operation}`);
    (paths[path] ??= {})[method.toLowerCase()] = found;
    close(found.requestBody?.content?.["application/json"]?.schema, resolve);
    for (const response of Object.values(found.responses).map(resolve)) {
      delete response.headers;
      const json = response.content?.["application/json"];
      if (!json) continue;
      // Some of GitHub's examples break GitHub's own rules; they are what it answers all the same.
      json.schema = {};
      response.content[media] = json;
    }
  }
  withSlashes(paths);
  description.paths = paths;
  delete description["x-webhooks"];
  delete description.webhooks;
  const needed = referenced(description, resolve);
  for (const [kind, all] of Object.entries(description.components)) {
    for (const name of Object.keys(all)) {
      if (!needed.has(`#/components/${kind}/${name}`)) delete all[name];
    }
  }
  return description;
}
