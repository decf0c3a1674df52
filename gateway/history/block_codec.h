#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Contents of records, packed together: what they have in common is stored once. The only place
/// that knows zstd. Thread-safe.
namespace lianqiao::history {

/// What a record, or an exception, consists of beside its columns.
struct Contents {
  std::string event;  ///< Of an exception: its detail.
  std::string body;
  std::string evidence;
  std::string origin;  ///< Of an exception alone.
  friend bool operator==(const Contents&, const Contents&) = default;
};

/// Puts contents into a block, one after the other.
class BlockMaker {
 public:
  static constexpr std::size_t kMostContents = 64;

  [[nodiscard]] std::size_t count() const { return count_; }
  /// So many contents are in it, or so many bytes, that the next belong into another.
  [[nodiscard]] bool full() const;
  void add(std::string_view event, std::string_view body, std::string_view evidence,
           std::string_view origin = {});
  /// One zstd frame with checksum, level 1.
  [[nodiscard]] std::string pack() const;
  void clear();
  /// Goes on with what pack() made; false where the bytes are not that.
  bool resume(std::string_view bytes);

 private:
  std::string raw_;
  std::size_t count_ = 0;
};

/// Nothing where the bytes are not what a BlockMaker made.
[[nodiscard]] std::optional<std::vector<Contents>> unpackBlock(std::string_view bytes);

/// The same for any one text.
[[nodiscard]] std::string compress(std::string_view text);
[[nodiscard]] std::optional<std::string> decompress(std::string_view bytes);

/// LEB128, as in the spool's rows.
void appendNumber(std::uint64_t value, std::string& out);
/// Takes it off the front; nothing where there is none.
[[nodiscard]] std::optional<std::uint64_t> takeNumber(std::string_view& bytes);

}  // namespace lianqiao::history
