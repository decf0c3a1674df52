#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "file_drop/spill_buffer.h"
#include "file_drop/xml_stream.h"

namespace lianqiao::file_drop {

/// Collects the text of one string item (`si`, `is`): runs are joined, phonetic readings dropped.
/// Kept up to one byte more than the longest cell allowed, so that one longer shows. Feed it the
/// XML events.
class RichText {
 public:
  explicit RichText(std::size_t limit) : limit_(limit) {}
  void begin();
  void onStart(std::string_view name);
  void onEnd(std::string_view name);
  void onText(std::string_view text);
  /// The text with _xHHHH_ escapes decoded.
  [[nodiscard]] std::string take();

 private:
  std::size_t limit_;
  std::string text_;
  int phonetic_ = 0;
  bool inText_ = false;
};

/// _x000A_ is a line feed, _x005F_ an underscore; escapes that are no character stay as they are.
std::string decodeEscapes(std::string_view text);

/// The workbook's table of strings. A few MiB stay in memory, the rest lies in a temporary file.
class SharedStrings {
 public:
  SharedStrings(const std::filesystem::path& scratch, std::size_t maxCell);

  /// Goes on where it paused when it is called again; does nothing once all is loaded. `entry` must
  /// outlive it.
  Result<void> load(const ZipArchive& archive, const ZipEntry& entry);
  /// Fails with decode.file when there is no such string.
  Result<void> at(std::uint64_t index, std::string& out) const;
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  friend class SharedStringsHandler;
  Result<void> add(std::string_view text);

  SpillBuffer texts_;
  SpillBuffer places_;
  std::size_t maxCell_;
  std::uint64_t count_ = 0;
  std::unique_ptr<XmlHandler> handler_;
  std::unique_ptr<XmlStream> xml_;  ///< While it is being loaded.
  bool loaded_ = false;
};

}  // namespace lianqiao::file_drop
