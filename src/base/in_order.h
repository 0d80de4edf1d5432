// SPDX-License-Identifier: Apache-2.0
//
// Work on many threads whose results come out in the order in which the work was handed out.
// Thread rule: `next` and `take` are each called by one thread at a time, on any of the threads;
// `work` by many at once. Errors: none of its own; what is called must not throw.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace nidus::base {

// next() -> std::optional<In>, nullopt at the end; work(In) -> Out; take(Out) -> bool, false to
// end. At most some `jobs` results wait for their turn. With one job it all runs on this thread.
template <class Next, class Work, class Take>
void in_order(int jobs, Next next, Work work, Take take) {
  using In = typename decltype(next())::value_type;
  using Out = decltype(work(std::declval<In>()));
  if (jobs <= 1) {
    while (auto in = next()) {
      if (!take(work(std::move(*in)))) return;
    }
    return;
  }
  const std::uint64_t most_waiting = static_cast<std::uint64_t>(jobs) * 16;
  std::mutex in_mutex, out_mutex;
  std::condition_variable room;
  std::uint64_t handed_out = 0, taken = 0;
  bool done = false;                   // under in_mutex
  bool ended = false;                  // under out_mutex
  bool taking = false;                 // under out_mutex
  std::map<std::uint64_t, Out> ready;  // under out_mutex
  const auto run = [&] {
    for (;;) {
      std::optional<In> in;
      std::uint64_t ticket = 0;
      {
        const std::lock_guard lock(in_mutex);
        if (done) return;
        {
          std::unique_lock wait(out_mutex);
          room.wait(wait, [&] { return ended || handed_out < taken + most_waiting; });
          if (ended) return;
        }
        in = next();
        if (!in) {
          done = true;
          return;
        }
        ticket = handed_out++;
      }
      Out out = work(std::move(*in));
      std::unique_lock lock(out_mutex);
      ready.emplace(ticket, std::move(out));
      if (taking) continue;  // who takes takes this one too
      taking = true;
      while (!ended && !ready.empty() && ready.begin()->first == taken) {
        Out first = std::move(ready.begin()->second);
        ready.erase(ready.begin());
        lock.unlock();
        const bool on = take(std::move(first));
        lock.lock();
        ++taken;
        ended = ended || !on;
        room.notify_all();
      }
      taking = false;
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < jobs; ++i) threads.emplace_back(run);
  run();
}

}  // namespace nidus::base
