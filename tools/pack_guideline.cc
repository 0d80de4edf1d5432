// SPDX-License-Identifier: Apache-2.0
//
// guideline.json -> the form that is embedded in the command. usage: pack_guideline FILE OUT
#include <cstdio>
#include <fstream>
#include <iterator>

#include "pathway/guideline.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: pack_guideline FILE OUT\n");
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(in), {}};
  const auto packed = nidus::pathway::Guideline::pack(json, argv[1]);
  if (!packed) {
    std::fprintf(stderr, "pack_guideline: %s\n", packed.error().to_string().c_str());
    return 1;
  }
  std::ofstream out(argv[2], std::ios::binary);
  out.write(reinterpret_cast<const char*>(packed->data()),
            static_cast<std::streamsize>(packed->size()));
  if (!out.flush()) {
    std::fprintf(stderr, "pack_guideline: cannot write %s\n", argv[2]);
    return 1;
  }
  return 0;
}
