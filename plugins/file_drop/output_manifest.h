#pragma once

#include <cstddef>
#include <string>

#include "file_drop/drop_settings.h"
#include "file_drop/posix_file.h"

namespace lianqiao::file_drop {

/// What is put beside a written file once it is in its place, so that who fetches it knows that it
/// is whole, how many records it holds, and from whom it is: a JSON object that the setting
/// `manifest` of this adapter reads, too. Immutable.
class OutputManifest {
 public:
  explicit OutputManifest(const DropSettings& settings);

  [[nodiscard]] bool wanted() const { return !name_.empty(); }
  /// The name beside `file`.
  [[nodiscard]] std::string nameFor(const std::string& file) const { return name_.of(file); }
  /// `{"file":…,"rows":…,"bytes":…,"sha256":…,"hmac":…}` of what `content` holds, which is called
  /// `file`.
  [[nodiscard]] Result<std::string> textFor(const std::string& file, const Fd& content,
                                            std::size_t records) const;

 private:
  const CompanionName name_;
  const bool sm3_;
  const Secret key_;
};

}  // namespace lianqiao::file_drop
