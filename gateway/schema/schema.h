#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/json.h"
#include "lianqiao/result.h"

namespace lianqiao::schema {

struct CompiledSchema;

enum class Dialect : std::uint8_t { draft2020, draft07 };

/// At most so many problems of one value are reported; the last one then says that there are more.
inline constexpr std::size_t kMaxProblems = 100;

/// A JSON Schema (2020-12, or draft-07 where `$schema` says so), compiled. The subset is stated in
/// schemas/README.md; a keyword outside it that is no pure annotation is refused at compile, never
/// ignored. `format` asserts. Immutable and thread-safe; copies share.
class Schema {
 public:
  /// Appends every fault of `text` (config.invalid, pointer into the schema) and returns nullopt
  /// where there is one. `withoutWord` is the dialect of a schema without `$schema`.
  static std::optional<Schema> compile(std::string text, std::vector<Problem>& problems,
                                       Dialect withoutWord = Dialect::draft2020);

  /// Appends every violation: code validate.schema, JSON Pointer into `value` (of a missing member:
  /// where it should stand), a sentence that goes on from the pointer. No value of the record is
  /// quoted. True when there is none.
  bool check(const json::Value& value, std::vector<Problem>& problems) const;
  /// The same without telling why.
  [[nodiscard]] bool accepts(const json::Value& value) const;

  /// The schema's own JSON; lives as long as any copy of this.
  [[nodiscard]] const json::Value& source() const;
  /// `$id`, or empty.
  [[nodiscard]] std::string_view id() const;
  /// `x-version`, or empty.
  [[nodiscard]] std::string_view version() const;

 private:
  explicit Schema(std::shared_ptr<const CompiledSchema> compiled);
  std::shared_ptr<const CompiledSchema> compiled_;
};

/// What a `$ref` of the form "#/…" means within `root`; nullptr where nothing stands there.
[[nodiscard]] const json::Value* resolvePointer(const json::Value& root,
                                                std::string_view reference);

}  // namespace lianqiao::schema
