#include "file_drop/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kLocator64Signature = 0x07064b50;
constexpr std::uint32_t kDirectorySignature = 0x02014b50;
constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kDirectoryEntrySize = 46;
constexpr std::size_t kLocalHeaderSize = 30;
constexpr std::uint64_t kMaxDirectory = 8u << 20;
constexpr std::size_t kMaxEntries = 10'000;
constexpr std::size_t kPackedBlock = 16u << 10;

Error damaged(std::string what) {
  return Error{codes::kBadFile, "the workbook is damaged or incomplete: " + std::move(what) +
                                    "; save it again and drop it again"};
}

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return value;
}

std::uint32_t little32(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(little(bytes, at, 4));
}

std::uint16_t little16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(little(bytes, at, 2));
}

std::string foldName(std::string_view name) {
  std::string folded = lowered(name);
  std::replace(folded.begin(), folded.end(), '\\', '/');
  folded.erase(0, std::min(folded.find_first_not_of('/'), folded.size()));
  return folded;
}

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
};

/// Where the end record begins in `tail`, or nullopt.
std::optional<std::size_t> findEnd(std::string_view tail) {
  if (tail.size() < kEndSize) return std::nullopt;
  for (std::size_t at = tail.size() - kEndSize + 1; at-- > 0;) {
    if (little32(tail, at) != kEndSignature) continue;
    if (at + kEndSize + little16(tail, at + 20) == tail.size()) return at;
  }
  return std::nullopt;
}

Result<std::string> readTail(const Fd& file, std::uint64_t size) {
  const std::uint64_t length = std::min<std::uint64_t>(size, kEndSize + 0xFFFF);
  std::string tail(static_cast<std::size_t>(length), '\0');
  auto n = readAt(file, size - length, tail);
  if (!n) return n.error();
  tail.resize(*n);
  return tail;
}

Result<Directory> locateDirectory(const Fd& file, std::uint64_t size) {
  auto tail = readTail(file, size);
  if (!tail) return tail.error();
  const auto end = findEnd(*tail);
  if (!end) return damaged("its end is missing");
  Directory directory{little32(*tail, *end + 16), little32(*tail, *end + 12),
                      little16(*tail, *end + 10)};
  if (*end >= 20 && little32(*tail, *end - 20) == kLocator64Signature) {
    const std::uint64_t at = little(*tail, *end - 20 + 8, 8);
    std::array<char, 56> record{};
    auto n = readAt(file, at, record);
    if (!n) return n.error();
    const std::string_view bytes(record.data(), *n);
    if (bytes.size() < record.size() || little32(bytes, 0) != kEnd64Signature) {
      return damaged("its ZIP64 end record is broken");
    }
    directory = {little(bytes, 48, 8), little(bytes, 40, 8), little(bytes, 32, 8)};
  }
  if (directory.offset > size || directory.size > size - directory.offset) {
    return damaged("its table of contents lies outside the file");
  }
  if (directory.entries > kMaxEntries) {
    return Error{codes::kDecodeLimit,
                 "the workbook lists more than " + std::to_string(kMaxEntries) + " parts"};
  }
  if (directory.size > kMaxDirectory) {
    return Error{codes::kDecodeLimit, "the workbook's table of contents is larger than " +
                                          std::to_string(kMaxDirectory >> 20) + " MiB"};
  }
  return directory;
}

/// ZIP64 extra field: replaces the sizes that were too big for 32 bits, in this order.
void applyZip64(std::string_view extra, ZipEntry& entry) {
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const std::size_t length = little16(extra, at + 2);
    if (at + 4 + length > extra.size()) return;
    if (little16(extra, at) == 1) {
      std::size_t field = at + 4;
      for (std::uint64_t* value : {&entry.unpacked, &entry.packed, &entry.headerAt}) {
        if (*value != 0xFFFFFFFFu || field + 8 > at + 4 + length) continue;
        *value = little(extra, field, 8);
        field += 8;
      }
    }
    at += 4 + length;
  }
}

}  // namespace

struct ZipArchive::Shared {
  std::shared_ptr<const Fd> held;
  std::uint64_t size = 0;
  std::uint64_t limit = 0;
  std::uint64_t unpacked = 0;
  /// How far each part was unpacked by any stream: what comes again counts once.
  std::map<std::string, std::uint64_t, std::less<>> reached;
  std::shared_ptr<Pace> pace;
};

struct ZipStream::State {
  std::shared_ptr<ZipArchive::Shared> archive;
  ZipEntry entry;
  std::uint64_t at = 0;    ///< Next packed byte in the file.
  std::uint64_t left = 0;  ///< Packed bytes not read yet.
  std::uint64_t produced = 0;
  std::uint32_t crc = 0;
  std::uint64_t* reached = nullptr;  ///< In `archive`.
  bool atOnce = false;
  bool ended = false;
  bool inflating = false;
  z_stream inflater{};
  std::vector<char> input = std::vector<char>(kPackedBlock);

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (inflating) inflateEnd(&inflater);
  }

  /// Where this call has done its share; nothing has moved yet.
  [[nodiscard]] bool pauses() const {
    const Pace* pace = archive->pace.get();
    return pace != nullptr && (atOnce ? pace->hasStopped() : pace->spent());
  }
  void spend(std::uint64_t bytes) const {
    if (archive->pace) archive->pace->spend(bytes);
  }

  /// Holds the archive to its limit and the part to the size that it was saved with.
  Result<void> count(std::size_t bytes) {
    produced += bytes;
    spend(bytes);
    if (produced > entry.unpacked) return checkEnd();
    if (produced > *reached) {
      archive->unpacked += produced - *reached;
      *reached = produced;
    }
    if (archive->unpacked <= archive->limit) return {};
    return Error{codes::kDecodeLimit, "the workbook unpacks to more than " +
                                          std::to_string(archive->limit >> 20) +
                                          " MiB; split it, or raise max_unpacked"};
  }

  Result<std::size_t> copyStored(std::span<char> out) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left));
    auto n = readAt(*archive->held, at, out.first(want));
    if (!n) return n.error();
    if (*n < want) return damaged("the part " + entry.name + " is cut off");
    at += want;
    left -= want;
    ended = left == 0;
    return want;
  }

  Result<void> feed() {
    // Packed bytes need not make any.
    if (pauses()) return paused();
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), left));
    auto n = readAt(*archive->held, at, std::span(input).first(want));
    if (!n) return n.error();
    if (*n == 0) return damaged("the part " + entry.name + " is cut off");
    at += *n;
    left -= *n;
    spend(*n);
    inflater.next_in = reinterpret_cast<Bytef*>(input.data());
    inflater.avail_in = static_cast<uInt>(*n);
    return {};
  }

  Result<std::size_t> inflateInto(std::span<char> out) {
    inflater.next_out = reinterpret_cast<Bytef*>(out.data());
    inflater.avail_out = static_cast<uInt>(out.size());
    while (inflater.avail_out == out.size() && !ended) {
      if (inflater.avail_in == 0) {
        if (auto fed = feed(); !fed) return fed.error();
      }
      const int status = inflate(&inflater, Z_NO_FLUSH);
      ended = status == Z_STREAM_END;
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
        return damaged("the part " + entry.name + " cannot be unpacked");
      }
    }
    return out.size() - inflater.avail_out;
  }

  Result<void> checkEnd() const {
    if (produced != entry.unpacked || crc != entry.crc) {
      return damaged("the part " + entry.name + " has another checksum than it was saved with");
    }
    return {};
  }
};

ZipStream::ZipStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipStream::ZipStream(ZipStream&&) noexcept = default;
ZipStream& ZipStream::operator=(ZipStream&&) noexcept = default;
ZipStream::~ZipStream() = default;

Result<std::size_t> ZipStream::read(std::span<char> out) {
  State& s = *state_;
  if (s.pauses()) return paused();
  if (s.ended) {
    if (auto whole = s.checkEnd(); !whole) return whole.error();
    return std::size_t{0};
  }
  auto n = s.entry.method == 0 ? s.copyStored(out) : s.inflateInto(out);
  if (!n) return n;
  if (auto counted = s.count(*n); !counted) return counted.error();
  s.crc = static_cast<std::uint32_t>(
      crc32(s.crc, reinterpret_cast<const Bytef*>(out.data()), static_cast<uInt>(*n)));
  if (*n == 0 && s.ended) return read(out);
  return n;
}

Result<ZipArchive> ZipArchive::open(Fd file, std::uint64_t unpackedLimit,
                                    std::shared_ptr<Pace> pace) {
  ZipArchive archive;
  archive.shared_ = std::make_shared<Shared>();
  archive.shared_->held = std::make_shared<const Fd>(std::move(file));
  auto size = sizeOf(*archive.shared_->held);
  if (!size) return size.error();
  archive.shared_->size = *size;
  archive.shared_->limit = unpackedLimit;
  archive.shared_->pace = std::move(pace);
  const auto directory = locateDirectory(*archive.shared_->held, *size);
  if (!directory) return directory.error();

  std::string bytes(static_cast<std::size_t>(directory->size), '\0');
  auto n = readAt(*archive.shared_->held, directory->offset, bytes);
  if (!n) return n.error();
  std::size_t at = 0;
  std::uint64_t packed = 0;
  for (std::uint64_t i = 0; i < directory->entries; ++i) {
    if (at + kDirectoryEntrySize > bytes.size() || little32(bytes, at) != kDirectorySignature) {
      return damaged("its table of contents is broken");
    }
    const std::size_t nameSize = little16(bytes, at + 28);
    const std::size_t extraSize = little16(bytes, at + 30);
    const std::size_t commentSize = little16(bytes, at + 32);
    if (at + kDirectoryEntrySize + nameSize + extraSize + commentSize > bytes.size()) {
      return damaged("its table of contents is broken");
    }
    ZipEntry entry{foldName(std::string_view(bytes).substr(at + kDirectoryEntrySize, nameSize)),
                   little32(bytes, at + 42),
                   little32(bytes, at + 20),
                   little32(bytes, at + 24),
                   little32(bytes, at + 16),
                   little16(bytes, at + 10),
                   little16(bytes, at + 8)};
    applyZip64(std::string_view(bytes).substr(at + kDirectoryEntrySize + nameSize, extraSize),
               entry);
    at += kDirectoryEntrySize + nameSize + extraSize + commentSize;
    // Parts that share their bytes make a small file endless.
    if (entry.packed > *size - packed) return damaged("its parts are larger than the file");
    packed += entry.packed;
    std::string key = entry.name;
    if (!archive.entries_.try_emplace(std::move(key), std::move(entry)).second) {
      return damaged("it holds two parts of the same name");
    }
  }
  return archive;
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const auto found = entries_.find(foldName(name));
  return found == entries_.end() ? nullptr : &found->second;
}

Result<ZipStream> ZipArchive::stream(const ZipEntry& entry) const { return start(entry, false); }

Result<ZipStream> ZipArchive::streamAtOnce(const ZipEntry& entry) const {
  return start(entry, true);
}

Result<ZipStream> ZipArchive::start(const ZipEntry& entry, bool atOnce) const {
  if ((entry.flags & 1u) != 0) {
    return Error{codes::kBadFile, "the workbook is protected by a password; save it without one"};
  }
  if (entry.method != 0 && entry.method != 8) {
    return damaged("the part " + entry.name + " is packed in an unknown way");
  }
  std::array<char, kLocalHeaderSize> header{};
  auto n = readAt(*shared_->held, entry.headerAt, header);
  if (!n) return n.error();
  const std::string_view bytes(header.data(), *n);
  if (bytes.size() < header.size() || little32(bytes, 0) != kLocalSignature) {
    return damaged("the part " + entry.name + " is not where it should be");
  }
  auto state = std::make_unique<ZipStream::State>();
  state->archive = shared_;
  state->reached = &shared_->reached[entry.name];
  state->atOnce = atOnce;
  state->entry = entry;
  state->at = entry.headerAt + kLocalHeaderSize + little16(bytes, 26) + little16(bytes, 28);
  state->left = entry.packed;
  if (state->at > shared_->size || entry.packed > shared_->size - state->at) {
    return damaged("the part " + entry.name + " is cut off");
  }
  state->crc = static_cast<std::uint32_t>(crc32(0, nullptr, 0));
  if (entry.method == 0) {
    state->ended = entry.packed == 0;
  } else {
    if (inflateInit2(&state->inflater, -MAX_WBITS) != Z_OK) return damaged("zlib cannot start");
    state->inflating = true;
  }
  return ZipStream(std::move(state));
}

bool endsAsZip(const Fd& file) {
  const auto size = sizeOf(file);
  return size && locateDirectory(file, *size).ok();
}

}  // namespace lianqiao::file_drop
