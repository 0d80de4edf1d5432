// SPDX-License-Identifier: Apache-2.0
//
// Independent pieces of work on several threads, for which the caller waits.
// Thread rule: `work` is called by many threads at once. Errors: none of its own; `work` must not
// throw.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace nidus::base {

// As many threads as the machine runs, at most `most`.
inline unsigned threads_at_most(unsigned most) {
  return std::clamp(std::thread::hardware_concurrency(), 1U, most);
}

// work(worker, index) once for each index below `count`; a `worker` below `threads` is one thread,
// 0 the caller's. Indices are handed out in order. The caller's thread does `first` before its
// part.
template <class Work, class First>
void in_parallel(unsigned threads, std::size_t count, const Work& work, const First& first) {
  std::atomic<std::size_t> next{0};
  const auto run = [&](unsigned worker) {
    for (std::size_t at = next++; at < count; at = next++) work(worker, at);
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads && i < count; ++i) others.emplace_back(run, i);
  first();
  run(0);
}

template <class Work>
void in_parallel(unsigned threads, std::size_t count, const Work& work) {
  in_parallel(threads, count, work, [] {});
}

}  // namespace nidus::base
