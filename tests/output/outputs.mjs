// SPDX-License-Identifier: Apache-2.0
// What the command prints for many people, by one start of nidus_outputs (outputs_main.cc).
import { spawn } from "node:child_process";

export class Outputs {
  #waiting = [];
  #parts = [];
  #held = 0;
  #needed = 0; // bytes, before another answer can be whole

  constructor(program, ...guideline) {
    this.program = spawn(program, guideline, { stdio: ["pipe", "pipe", "inherit"] });
    this.program.stdout.on("data", (part) => {
      this.#parts.push(part);
      this.#held += part.length;
      this.#give();
    });
    const gone = (why) => {
      this.ended = new Error(`${program}: ${why}`);
      for (const { fail } of this.#waiting.splice(0)) fail(this.ended);
    };
    this.program.on("error", ({ message }) => gone(message));
    this.program.on("close", (code) => gone(`ended with ${code}`));
    this.program.stdin.on("error", () => {}); // told by close
  }

  // `what`: plan-json, plan-fhir or values.
  of(what, file, asOf) {
    return new Promise((take, fail) => {
      if (this.ended) return fail(this.ended);
      this.#waiting.push({ take, fail });
      this.program.stdin.write(`${what}\t${file}\t${asOf}\n`);
    });
  }

  // "123\n", then so many bytes.
  #give() {
    while (this.#waiting.length > 0) {
      if (this.#needed > this.#held) return;
      const whole = Buffer.concat(this.#parts);
      const head = whole.indexOf(10);
      this.#parts = [whole];
      if (head < 0) return;
      const end = head + 1 + Number(whole.subarray(0, head));
      this.#needed = end;
      if (whole.length < end) return;
      this.#needed = 0;
      this.#parts = [whole.subarray(end)];
      this.#held = whole.length - end;
      this.#waiting.shift().take(whole.toString("utf8", head + 1, end));
    }
  }
}
