// Follows an instance's events by docs/asyncapi.json alone, until it has seen the types that it was asked for and
// nothing waits any more:
//
//   STEWARD_NATS_URL=... STEWARD_NATS_USER=people-reader STEWARD_NATS_PASSWORD=... \
//     node follow.mjs docs/asyncapi.json steward.assessment.completed.v1 ...
//
// Prints one line of JSON. Ends with 0 when every type was seen and every event was as the document says.
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

import { Contract } from "./contract.mjs";

const LOST_ACKS = 5; // so many events come again, as after a crash between the work and its ack
const SECONDS = Number(process.env.STEWARD_FOLLOW_SECONDS ?? 30);

const [path, ...wanted] = process.argv.slice(2);
const { STEWARD_NATS_URL: servers, STEWARD_NATS_USER: user, STEWARD_NATS_PASSWORD: pass } = process.env;
const contract = new Contract(path);
const { durable, inboxPrefix, streams } = contract.reader(user);

const applied = new Map(); // event id -> type: in a real system a table, written with what the event changes
const told = { counts: {}, traces: {}, redelivered: 0, repeated: 0, invalid: [], missing: [] };
let toLose = LOST_ACKS;

// Read, check, apply once, acknowledge. What is invalid is reported and acknowledged: again would not help.
function receive(message) {
  if (message.redelivered) told.redelivered += 1;
  const event = parsed(message);
  const { type, problems } = contract.check(message.subject, event, message.headers?.get("Nats-Msg-Id"));
  if (problems.length) {
    told.invalid.push({ subject: message.subject, id: event?.id, problems });
  } else if (applied.has(event.id)) {
    told.repeated += 1; // delivered before, and nothing else happens
  } else {
    apply(type, event);
    if (toLose-- > 0) return message.nak();
  }
  message.ack();
}

function parsed(message) {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}

function apply(type, event) {
  applied.set(event.id, type);
  told.counts[type] = (told.counts[type] ?? 0) + 1;
  const trace = event.traceparent?.split("-")[1];
  if (trace) told.traces[trace] = [...new Set([...(told.traces[trace] ?? []), type])];
}

async function read(messages) {
  for await (const message of messages) receive(message);
}

// Whether all were seen and nothing waits: neither to be delivered nor to be acknowledged.
async function finished(consumers) {
  told.missing = wanted.filter((type) => !told.counts[type]);
  if (told.missing.length) return false;
  const states = await Promise.all(consumers.map((consumer) => consumer.info()));
  return states.every((state) => state.num_pending === 0 && state.num_ack_pending === 0);
}

async function main() {
  const connection = await connect({ servers, user, pass, inboxPrefix, name: "follow.mjs" });
  try {
    const bound = jetstream(connection).consumers;
    const consumers = await Promise.all(streams.map((stream) => bound.get(stream, durable)));
    const reading = await Promise.all(consumers.map((consumer) => consumer.consume({ max_messages: 200 })));
    const ended = Promise.all(reading.map(read));
    const deadline = Date.now() + SECONDS * 1000;
    let done = await finished(consumers);
    while (!done && Date.now() < deadline) {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100))]);
      done = await finished(consumers);
    }
    reading.forEach((messages) => messages.stop());
    await ended;
    return done && told.invalid.length === 0 ? 0 : 1;
  } finally {
    await connection.drain();
  }
}

process.exitCode = await main();
console.log(JSON.stringify(told));
