#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "file_drop/pace.h"
#include "file_drop/posix_file.h"

struct z_stream_s;

/// Reads ZIP containers (APPNOTE 6.3, stored and deflated entries, ZIP64 sizes) without ever
/// writing one of their names to disk. Every byte is checked: bounds, sizes, CRC-32. Failures are
/// decode.file, or decode.limit when the archive unpacks to more than it may. Not thread-safe.
///
/// Why not libzip (1.7.3, tried in November 2026): it cannot pause. One call for 16 KiB read 64 MiB
/// of packed bytes that make nothing, and an entry whose source had failed once was of no use any
/// more, so that one file would hold up its poll. It also reads the table of contents before it can
/// be asked for its size: 171 MiB of names in one file were held in 113 MiB. A reader of the end
/// record of our own would be needed for that, and for endsAsZip().
namespace lianqiao::file_drop {

struct ZipEntry {
  std::string name;  ///< As written, with '/' between folders and none at the start.
  std::uint64_t headerAt = 0;
  std::uint64_t packed = 0;
  std::uint64_t unpacked = 0;
  std::uint32_t crc = 0;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
};

class ZipArchive;

/// One entry being unpacked. Holds the archive's file open.
class ZipStream {
 public:
  ZipStream(ZipStream&&) noexcept;
  ZipStream& operator=(ZipStream&&) noexcept;
  ~ZipStream();

  /// Unpacks into `out`; 0 = the end, and then size and CRC were right. Fails with paused() where
  /// the archive's pace is spent.
  Result<std::size_t> read(std::span<char> out);

 private:
  friend class ZipArchive;
  struct State;
  explicit ZipStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class ZipArchive {
 public:
  /// `unpackedLimit` bounds what all entries read through this object unpack to together; an entry
  /// that is read again counts once. What is read and unpacked is taken from `pace`, which may be
  /// nullptr.
  static Result<ZipArchive> open(Fd file, std::uint64_t unpackedLimit, std::shared_ptr<Pace> pace);

  /// Part names compare without case, as OPC wants; nullptr when there is none.
  [[nodiscard]] const ZipEntry* find(std::string_view name) const;
  [[nodiscard]] Result<ZipStream> stream(const ZipEntry& entry) const;
  /// The same for a small entry that is read in one go: it pauses only when the gateway stops.
  [[nodiscard]] Result<ZipStream> streamAtOnce(const ZipEntry& entry) const;

 private:
  friend class ZipStream;
  struct Shared;
  [[nodiscard]] Result<ZipStream> start(const ZipEntry& entry, bool atOnce) const;
  std::shared_ptr<Shared> shared_;
  std::map<std::string, ZipEntry, std::less<>> entries_;
};

/// True when the file ends as a ZIP container ends: it is not half-written.
bool endsAsZip(const Fd& file);

}  // namespace lianqiao::file_drop
