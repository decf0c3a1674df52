#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lianqiao/json.h"

namespace lianqiao::record {

/// Masks what a platform says, in its own words, about what it was sent: of the records of one call
/// it may quote any, whole or in part. Of its words at most so many characters are left. In them
/// stand as `***` every value of what was sent, and every six Chinese characters (18 bytes) in a
/// row that stand in one, too; the numbers of persons are masked. A name that was not sent stays:
/// nothing tells it from another word. Not thread-safe.
class QuoteMask {
 public:
  /// The payloads of the call; what they view into must outlive this.
  explicit QuoteMask(std::vector<json::Value> sent) : sent_(std::move(sent)) {}

  /// Of what is said 2 KiB are read. Where all that is said about a call would cost too much to
  /// look through, "(left out)".
  [[nodiscard]] std::string mask(std::string_view said, std::size_t characters = 160);

 private:
  [[nodiscard]] std::string masked(std::string_view read, bool whole);

  const std::vector<json::Value> sent_;
  std::map<std::string, std::string, std::less<>> known_;  ///< A batch is often told one thing.
  std::size_t left_ = 128U << 20;                          ///< Bytes that may still be looked at.
};

}  // namespace lianqiao::record
