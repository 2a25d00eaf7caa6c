// What docs/asyncapi.json says to a reader: what to bind, and the schema of each subject. Knows no service.
import { readFileSync } from "node:fs";

import Ajv from "ajv";
import addFormats from "ajv-formats";

const BASE = "asyncapi";

export class Contract {
  constructor(path) {
    this.document = JSON.parse(readFileSync(path, "utf8"));
    const ajv = new Ajv({ strict: false, allErrors: true }); // a later document may say more than we know
    addFormats(ajv);
    ajv.addSchema({ $id: BASE, components: this.document.components });
    this.channels = Object.values(this.document.channels).map((channel) => {
      const [message] = Object.values(channel.messages).map((found) => this.#resolved(found));
      return {
        subject: pattern(channel.address),
        type: message.name,
        fits: ajv.compile({ $ref: `${BASE}${message.payload.schema.$ref}` }),
      };
    });
  }

  // What `user` binds: { durable, inboxPrefix, streams }.
  reader(user) {
    const found = this.document.info["x-jetstream"].readers[user];
    if (!found) throw new Error(`the document knows no reader ${user}`);
    return found;
  }

  // The event's type as its subject has it, and what is wrong with it: nothing, most of the time.
  check(subject, event, messageId) {
    const channel = this.channels.find((one) => one.subject.test(subject));
    if (!channel) return { type: subject, problems: [`${subject} is no channel of the document`] };
    const problems = channel.fits(event)
      ? []
      : channel.fits.errors.map((error) => `${error.instancePath} ${error.message}`);
    if (event?.type !== channel.type) problems.push(`type ${event?.type} on the subject of ${channel.type}`);
    if (event?.instance !== channel.subject.exec(subject)[1]) problems.push(`instance ${event?.instance} on ${subject}`);
    if (event?.id !== messageId) problems.push(`id ${event?.id}, the message's is ${messageId}`);
    return { type: channel.type, problems };
  }

  #resolved(value) {
    if (!value.$ref) return value;
    const names = value.$ref.slice(2).split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
    return names.reduce((found, name) => found[name], this.document);
  }
}

// An address with parameters as an expression: a parameter is one token of the subject.
function pattern(address) {
  const parts = address.split(/\{[^}]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("([^.]+)")}$`);
}
