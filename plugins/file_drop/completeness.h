#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "file_drop/content_digest.h"
#include "file_drop/drop_settings.h"
#include "file_drop/folder.h"
#include "lianqiao/host.h"

namespace lianqiao::file_drop {

struct Completeness {
  bool complete = false;
  bool goesOn = false;  ///< The pace was spent before that was known: ask again for the same file.
  std::string missing = {};  ///< What is missing, where a person must know.
};

/// Whether all signs say that a settled file is complete: nobody of this machine writes it, its
/// marker and manifest are there where they are set, a workbook has its end. Where the system
/// cannot say who writes it, or its end is no line's end, it must have been quiet for longer.
///
/// The digest of a ledger that is compared with its manifest is taken in steps, once for each state
/// of the ledger, and never of one beyond max_file. Not thread-safe.
class CompletenessCheck {
 public:
  explicit CompletenessCheck(const DropSettings& settings) : settings_(settings) {}

  /// `quiet` is for how long the gateway has seen it unchanged. What is read of a ledger is taken
  /// off `pace`.
  Completeness of(const Folder& drop, const std::string& name, const Fd& content,
                  std::chrono::milliseconds quiet, Pace& pace);

 private:
  struct Digests {
    FileState state;
    std::string sha256;
    std::string md5;
  };
  struct UnderWay {
    std::string name;
    FileState state;
    std::unique_ptr<ContentDigest> digest;
  };

  Completeness compare(const Manifest& manifest, const std::string& name, const Fd& content,
                       Pace& pace);
  Result<const Digests*> digestsOf(const std::string& name, const Fd& content,
                                   const FileState& state, Pace& pace);

  const DropSettings& settings_;
  std::unordered_map<std::string, Digests> known_;  ///< By name.
  std::optional<UnderWay> underWay_;
};

}  // namespace lianqiao::file_drop
