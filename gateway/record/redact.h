#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lianqiao/json.h"

/// Masks a record's data for screens, answers and logs, by the schema's annotations: `x-class`
/// (public, personal, sensitive) and `x-mask` (name, phone, id, address, key). What has no class,
/// or is not known to the schema, is masked whole: a field that somebody adds is never shown by
/// accident.
namespace lianqiao::record {

/// Appends `data` as compact JSON with every value that is not public masked. `schema` is
/// schema::Schema::source() of its type; a null schema masks everything. Where several alternatives
/// of a schema speak of a field, the strictest counts. Thread-safe.
void appendRedacted(const json::Value& schema, const json::Value& data, std::string& out);
[[nodiscard]] std::string redacted(const json::Value& schema, const json::Value& data);

[[nodiscard]] std::string maskName(std::string_view name);    ///< 王*, 欧阳**
[[nodiscard]] std::string maskPhone(std::string_view phone);  ///< 138****8000
[[nodiscard]] std::string maskId(std::string_view id);        ///< 411702********0016
/// Of a key, a source id or a receipt, whose parts stand between `/ : | , ; # & = @ + ~` or blanks:
/// a part that is not plain ASCII (a name) is masked, the numbers of persons in the others are.
[[nodiscard]] std::string maskKey(std::string_view key);
/// Of whatever a person or a platform wrote (a sentence, a file's name, a member's name): mobile
/// numbers and identity cards' (those of 15 digits, too) in it are masked, also where they are
/// written full-width, with +86, or with blanks, dashes or points in between.
[[nodiscard]] std::string maskNumbers(std::string_view written);
/// At most `bytes` bytes of the beginning of maskNumbers(). Little more than that is read, and a
/// number in which the limit lies is masked, too: who cuts first leaves ten digits of eleven.
[[nodiscard]] std::string maskedStart(std::string_view written, std::size_t bytes);
/// Down to the street or township.
[[nodiscard]] std::string maskAddress(std::string_view address);

}  // namespace lianqiao::record
