// SPDX-License-Identifier: Apache-2.0
//
// Runs the nidus command as a user does.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace nidus {

struct Outcome {
  int code = -1;
  std::string text;  // standard output and error
};

// `input` is given on standard input.
inline Outcome run_command(const std::string& input, const std::string& arguments) {
  char path[] = "nidus_test_XXXXXX";
  const int file = mkstemp(path);
  EXPECT_GE(file, 0);
  close(file);
  std::ofstream(path, std::ios::binary) << input;
  const std::string command = std::string(NIDUS_BINARY) + " " + arguments + " < " + path + " 2>&1";
  Outcome out;
  std::FILE* pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    out.text.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  out.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  std::remove(path);
  return out;
}

}  // namespace nidus
