// Calls that the lines of standard input ask for, by the AWS SDK for JavaScript and the AWS Encryption SDK, one answer a line.
//
// {"environment": {...}, "service": "kms", "operation": "Encrypt", "input": {...}} is a call of that client, which is made
// as any program makes it: of the variables alone. It is kept for as long as these are the same. Bytes are written
// {"bytes": base64}, and {"stream": base64} is a body whose length nobody knows. {"...": ..., "seal": {...}} and "open" are
// messages of the Encryption SDK.
"use strict";

const { createInterface } = require("node:readline");
const { Readable } = require("node:stream");

const PACKAGES = {
  ec2: ["@aws-sdk/client-ec2", "EC2Client"],
  kms: ["@aws-sdk/client-kms", "KMSClient"],
  s3: ["@aws-sdk/client-s3", "S3Client"],
  secretsmanager: ["@aws-sdk/client-secrets-manager", "SecretsManagerClient"],
};
// What a process is given where it is started while an endpoint is open is not for the tests that come later.
const before = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_")));
let given = "";
let clients = {};

function become(environment) {
  const text = JSON.stringify(environment);
  if (text === given) return;
  Object.values(clients).forEach((each) => each.destroy());
  clients = {};
  given = text;
  Object.keys(process.env).forEach((name) => delete process.env[name]);
  Object.assign(process.env, before, environment);
}

function read(value) {
  if (Array.isArray(value)) return value.map(read);
  if (value === null || typeof value !== "object") return value;
  if ("bytes" in value) return Buffer.from(value.bytes, "base64");
  if ("stream" in value) return Readable.from([Buffer.from(value.stream, "base64")]);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each)]));
}

async function written(value) {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (value && typeof value.transformToByteArray === "function") return written(await value.transformToByteArray());
  if (Array.isArray(value)) return Promise.all(value.map(written));
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  const made = {};
  for (const [name, each] of Object.entries(value)) made[name] = await written(each);
  return made;
}

async function call({ service, operation, input }) {
  const [name, client] = PACKAGES[service];
  const sdk = require(name);
  clients[service] ??= new sdk[client]({});
  const { $metadata, ...output } = await clients[service].send(new sdk[`${operation}Command`](read(input ?? {})));
  return { status: $metadata.httpStatusCode, output: await written(output) };
}

// The SDK keeps a client for each Region for ever; these are as short-lived as the others here.
function keyring(keys) {
  const { KMS, KmsKeyringNode, getClient } = require("@aws-crypto/client-node");
  const [generatorKeyId, ...keyIds] = keys;
  return new KmsKeyringNode({ generatorKeyId, keyIds, clientProvider: getClient(KMS, {}) });
}

function encryption() {
  const { CommitmentPolicy, buildClient } = require("@aws-crypto/client-node");
  return buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
}

async function seal({ keys, plaintext, context }) {
  const { result } = await encryption().encrypt(keyring(keys), read(plaintext), { encryptionContext: context });
  return { output: await written(result) };
}

async function open({ keys, message }) {
  const { plaintext, messageHeader } = await encryption().decrypt(keyring(keys), read(message));
  return { output: await written({ plaintext, context: { ...messageHeader.encryptionContext } }) };
}

async function answer(asked) {
  become(asked.environment);
  try {
    if (asked.seal) return await seal(asked.seal);
    if (asked.open) return await open(asked.open);
    return await call(asked);
  } catch (error) {
    return { error: { code: error.name, message: error.message, status: error.$metadata?.httpStatusCode ?? null } };
  }
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
  }
})();
