// SPDX-License-Identifier: Apache-2.0
#include "fhir/person_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>

namespace nidus::fhir {

namespace {

// So many people share a part: few enough that a part fits in memory, many enough that parts of a
// large cohort are written in pieces worth a seek.
constexpr std::uint32_t kPeopleAPart = 256;

struct Header {
  std::uint64_t line;
  std::uint32_t number;
  std::uint32_t file;
  std::uint32_t person_size;
  std::uint32_t text_size;
};

std::unexpected<base::Error> no_space(const std::string& folder) {
  return base::fail(base::ErrorCode::kTooLarge,
                    std::string("no room for what does not fit in memory: ") + std::strerror(errno),
                    folder, {}, "a folder with room (--temp)");
}

}  // namespace

PersonStore::PersonStore(std::size_t memory_bytes, std::string temp_folder)
    : memory_bytes_(memory_bytes), temp_folder_(std::move(temp_folder)), slots_(1024) {}

PersonStore::~PersonStore() {
  if (file_ >= 0) close(file_);
}

void PersonStore::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.number == 0) continue;
    std::size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].number != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

// Two people of one hash share a number; next() tells them apart by their whole names.
std::uint32_t PersonStore::number_of(std::string_view person) {
  if (people_ * std::uint64_t{3} > slots_.size() * std::uint64_t{2}) grow();
  const std::uint64_t hash = std::hash<std::string_view>{}(person);
  std::size_t at = hash & (slots_.size() - 1);
  while (slots_[at].number != 0 && slots_[at].hash != hash) at = (at + 1) & (slots_.size() - 1);
  if (slots_[at].number == 0) slots_[at] = {hash, ++people_};
  return slots_[at].number;
}

base::Result<void> PersonStore::add(std::string_view person, LinePlace place,
                                    std::string_view text) {
  const Header header{place.line, number_of(person), place.file,
                      static_cast<std::uint32_t>(person.size()),
                      static_cast<std::uint32_t>(text.size())};
  const std::size_t part = (header.number - 1) / kPeopleAPart;
  if (part >= parts_.size()) parts_.resize(part + 1);
  std::string& held = parts_[part].held;
  held.append(reinterpret_cast<const char*>(&header), sizeof header);
  held.append(person).append(text);
  held_ += sizeof header + person.size() + text.size();
  return held_ > memory_bytes_ ? spill() : base::Result<void>();
}

base::Result<void> PersonStore::spill() {
  if (file_ < 0) {
    std::string name = temp_folder_ + "/nidus-XXXXXX";
    file_ = mkostemp(name.data(), O_CLOEXEC);
    if (file_ < 0) return no_space(temp_folder_);
    unlink(name.c_str());
  }
  for (Part& part : parts_) {
    if (part.held.empty()) continue;
    std::size_t written = 0;
    while (written < part.held.size()) {
      const ssize_t got = pwrite(file_, part.held.data() + written, part.held.size() - written,
                                 static_cast<off_t>(file_size_ + written));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return no_space(temp_folder_);
      written += static_cast<std::size_t>(got);
    }
    part.pieces.push_back({file_size_, part.held.size()});
    file_size_ += part.held.size();
    std::string().swap(part.held);
  }
  held_ = 0;
  return {};
}

base::Result<void> PersonStore::load(Part& part) {
  loaded_.clear();
  for (const Piece& piece : part.pieces) {
    const std::size_t start = loaded_.size();
    loaded_.resize(start + piece.size);
    std::size_t done = 0;
    while (done < piece.size) {
      const ssize_t got = pread(file_, loaded_.data() + start + done, piece.size - done,
                                static_cast<off_t>(piece.offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return no_space(temp_folder_);
      done += static_cast<std::size_t>(got);
    }
  }
  loaded_ += part.held;
  std::string().swap(part.held);
  entries_.clear();
  next_entry_ = 0;
  const std::string_view all = loaded_;
  for (std::size_t at = 0; at < all.size();) {
    Header header{};
    std::memcpy(&header, all.data() + at, sizeof header);
    at += sizeof header;
    entries_.push_back({header.number,
                        all.substr(at, header.person_size),
                        {header.file, header.line},
                        all.substr(at + header.person_size, header.text_size)});
    at += header.person_size + header.text_size;
  }
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.number != b.number ? a.number < b.number : a.person < b.person;
  });
  return {};
}

base::Result<bool> PersonStore::next(PersonLines& out) {
  if (next_entry_ == entries_.size()) {
    if (next_part_ == parts_.size()) return false;
    if (auto loaded = load(parts_[next_part_++]); !loaded) {
      return std::unexpected(loaded.error());
    }
  }
  const Entry& first = entries_[next_entry_];
  for (; next_entry_ < entries_.size(); ++next_entry_) {
    const Entry& entry = entries_[next_entry_];
    if (entry.number != first.number || entry.person != first.person) break;
    out.text.append(entry.text).push_back('\n');
    out.places.push_back(entry.place);
  }
  return true;
}

}  // namespace nidus::fhir
