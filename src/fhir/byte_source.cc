// SPDX-License-Identifier: Apache-2.0
#include "fhir/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace nidus::fhir {

using base::ErrorCode;

struct ByteSource::Impl {
  enum class Packing { kUnknown, kNone, kGzip, kZstd };

  std::string name;
  int file = -1;
  const std::atomic<bool>* stop = nullptr;
  Packing packing = Packing::kUnknown;
  std::string stored;  // read, not yet unpacked: from `at` to `filled`
  std::size_t at = 0;
  std::size_t filled = 0;
  bool stored_ended = false;
  bool inside = false;  // of a packed part that has not ended
  std::uint64_t consumed = 0;
  z_stream gzip{};
  ZSTD_DStream* zstd = nullptr;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (packing == Packing::kGzip) inflateEnd(&gzip);
    ZSTD_freeDStream(zstd);
    if (file > STDIN_FILENO) close(file);
  }

  bool stopped() const { return stop != nullptr && stop->load(std::memory_order_relaxed); }

  std::unexpected<base::Error> unreadable(std::string message) const {
    return base::fail(ErrorCode::kUnreadable, std::move(message), name);
  }

  // At most `room` bytes as they are stored; 0 at the end, and when stopped.
  base::Result<std::size_t> take(char* to, std::size_t room) {
    while (!stored_ended) {
      if (stopped()) break;
      // A signal may wake another thread than this one: a pipe that gives nothing is left again.
      constexpr int kMilliseconds = 100;
      pollfd waiting{file, POLLIN, 0};
      const int ready = stop == nullptr ? 1 : poll(&waiting, 1, kMilliseconds);
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      const ssize_t got = ::read(file, to, room);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return unreadable(std::string("cannot be read: ") + std::strerror(errno));
      if (got == 0) break;
      consumed += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
    stored_ended = true;
    return std::size_t{0};
  }

  // More stored bytes behind those that are left.
  base::Result<void> fill() {
    if (at > 0) {
      std::memmove(stored.data(), stored.data() + at, filled - at);
      filled -= at;
      at = 0;
    }
    const auto got = take(stored.data() + filled, stored.size() - filled);
    if (!got) return std::unexpected(got.error());
    filled += *got;
    return {};
  }

  base::Result<void> recognise() {
    constexpr std::size_t kMagic = 4;
    while (filled - at < kMagic && !stored_ended) {
      if (auto more = fill(); !more) return more;
    }
    const std::string_view start(stored.data() + at, filled - at);
    packing = Packing::kNone;
    if (start.starts_with("\x1F\x8B")) {
      constexpr int kGzipOnly = 16 + MAX_WBITS;
      if (inflateInit2(&gzip, kGzipOnly) != Z_OK) return unreadable("there is not enough memory");
      packing = Packing::kGzip;
    } else if (start.starts_with("\x28\xB5\x2F\xFD")) {
      zstd = ZSTD_createDStream();
      if (zstd == nullptr) return unreadable("there is not enough memory");
      packing = Packing::kZstd;
    }
    return {};
  }

  base::Result<std::size_t> read_plain(char* to, std::size_t room) {
    if (at == filled) return take(to, room);
    const std::size_t count = std::min(room, filled - at);
    std::memcpy(to, stored.data() + at, count);
    at += count;
    return count;
  }

  base::Result<std::size_t> unpack_gzip(char* to, std::size_t room) {
    gzip.next_in = reinterpret_cast<Bytef*>(stored.data() + at);
    gzip.avail_in = static_cast<uInt>(filled - at);
    gzip.next_out = reinterpret_cast<Bytef*>(to);
    gzip.avail_out = static_cast<uInt>(room);
    if (!inside) {  // another member may follow the one that ended
      inflateReset(&gzip);
      inside = true;
    }
    const int result = inflate(&gzip, Z_NO_FLUSH);
    at = filled - gzip.avail_in;
    if (result == Z_STREAM_END) {
      inside = false;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return unreadable("damaged gzip data");
    }
    return room - gzip.avail_out;
  }

  base::Result<std::size_t> unpack_zstd(char* to, std::size_t room) {
    ZSTD_inBuffer in{stored.data() + at, filled - at, 0};
    ZSTD_outBuffer out{to, room, 0};
    const std::size_t left = ZSTD_decompressStream(zstd, &out, &in);
    if (ZSTD_isError(left) != 0) return unreadable("damaged Zstandard data");
    at += in.pos;
    inside = left != 0;
    return out.pos;
  }

  base::Result<std::size_t> read(char* to, std::size_t room) {
    if (packing == Packing::kUnknown) {
      if (auto known = recognise(); !known) return std::unexpected(known.error());
    }
    if (packing == Packing::kNone) return read_plain(to, room);
    for (;;) {
      if (at == filled) {
        if (auto more = fill(); !more) return std::unexpected(more.error());
      }
      // With nothing left to read there may still be something left to hand out.
      if (at == filled && stored_ended && !inside) return 0;
      const auto got = packing == Packing::kGzip ? unpack_gzip(to, room) : unpack_zstd(to, room);
      if (!got || *got > 0) return got;
      if (at == filled && stored_ended && inside) {
        if (stopped()) return 0;
        return unreadable("the packed data ends too early: the file is cut");
      }
    }
  }
};

ByteSource::ByteSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ByteSource::ByteSource(ByteSource&&) noexcept = default;
ByteSource& ByteSource::operator=(ByteSource&&) noexcept = default;
ByteSource::~ByteSource() = default;

base::Result<ByteSource> ByteSource::open(const std::string& path, const std::atomic<bool>* stop) {
  constexpr std::size_t kBlock = 1u << 18;
  auto impl = std::make_unique<Impl>();
  impl->name = path == "-" ? "standard input" : path;
  impl->stop = stop;
  impl->stored.resize(kBlock);
  impl->file = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (impl->file < 0) {
    return base::fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnreadable,
                      std::string("cannot be opened: ") + std::strerror(errno), path);
  }
  return ByteSource(std::move(impl));
}

base::Result<std::size_t> ByteSource::read(char* to, std::size_t room) {
  return impl_->read(to, room);
}

std::uint64_t ByteSource::consumed() const { return impl_->consumed; }

LineReader::LineReader(ByteSource source, std::size_t longest)
    : source_(std::move(source)), longest_(longest) {
  constexpr std::size_t kBlock = 1u << 20;
  buffer_.resize(kBlock + kPadding);
}

// More bytes behind those that are left; false at the end.
base::Result<bool> LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ + kPadding == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const auto got = source_.read(buffer_.data() + end_, buffer_.size() - kPadding - end_);
  if (!got) return std::unexpected(got.error());
  end_ += *got;
  at_end_ = *got == 0;
  return !at_end_;
}

base::Result<std::optional<Line>> LineReader::find() {
  bool too_long = false;
  std::size_t searched = 0;
  for (;;) {
    const char* start = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    const void* found =
        size > searched ? std::memchr(start + searched, '\n', size - searched) : nullptr;
    if (found == nullptr && !at_end_) {
      searched = size;
      if (size > longest_) {
        too_long = true;
        begin_ = end_;
        searched = 0;
      }
      if (auto more = fill(); !more) return std::unexpected(more.error());
      continue;
    }
    if (found == nullptr && size == 0 && !too_long) return std::nullopt;
    std::size_t length =
        found == nullptr ? size : static_cast<std::size_t>(static_cast<const char*>(found) - start);
    begin_ += length + (found == nullptr ? 0 : 1);
    searched = 0;
    ++number_;
    if (too_long || length > longest_ + 1) return Line{{}, number_, true};
    std::string_view text(start, length);
    if (number_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const auto last = text.find_last_not_of(" \t\r");
    if (last == std::string_view::npos) continue;
    return Line{text.substr(0, last + 1), number_, false};
  }
}

base::Result<std::optional<Line>> LineReader::peek() {
  if (!peeked_) {
    auto found = find();
    if (!found || !*found) return found;
    peeked_ = **found;
  }
  return peeked_;
}

base::Result<std::optional<Line>> LineReader::next() {
  if (!peeked_) return find();
  return std::exchange(peeked_, std::nullopt);
}

base::Result<std::string> LineReader::rest() {
  std::string out;
  if (peeked_) out = std::string(std::exchange(peeked_, std::nullopt)->text) + "\n";
  for (;;) {
    out.append(buffer_.data() + begin_, end_ - begin_);
    begin_ = end_;
    if (out.size() > longest_) {
      return base::fail(ErrorCode::kTooLarge, "is over the size limit", {}, {},
                        "at most " + std::to_string(longest_) + " bytes");
    }
    const auto more = fill();
    if (!more) return std::unexpected(more.error());
    if (!*more) return out;
  }
}

}  // namespace nidus::fhir
