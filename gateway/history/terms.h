#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "history/node_key.h"
#include "history/particulars.h"

/// What a record is found by, as 64 bits. Of numbers of persons these are keyed digests, which the
/// files tell nobody. Of ids they are not secret and may be made alike on purpose, so that a hit is
/// compared with the record. Pure but for the key.
namespace lianqiao::history {

/// A source id, a key, a receipt. Keyed, too, where a number of a person stands in it: `personal`,
/// as record::holdsPersonNumber() says.
[[nodiscard]] std::uint64_t idTerm(NodeKey& key, std::string_view id, bool personal);
[[nodiscard]] std::uint64_t idTerm(NodeKey& key, std::string_view id);
/// A division or grid code, or the beginning of a division.
[[nodiscard]] std::uint64_t regionTerm(std::string_view code);
/// The regions that a division code lies in: its first 2, 4, 6, 9 digits and all of it.
void appendRegionTerms(std::string_view division, std::vector<std::uint64_t>& out);
/// Of a number as searchableNumber() has it: the whole and its last four.
void appendNumberTerms(NodeKey& key, std::string_view number, std::vector<std::uint64_t>& out);
/// Of what is searched for: four characters are the last four.
[[nodiscard]] std::uint64_t numberTerm(NodeKey& key, std::string_view number);
/// Each two characters that stand side by side in a text as searchableText() has it. Digits, blanks
/// and punctuation part it: runs of digits are found by numbers and ids.
void appendWordTerms(std::string_view text, std::vector<std::uint64_t>& out);
/// Of all that is found in an event, but its source id; of texts where they are indexed.
void appendTerms(NodeKey& key, const Particulars& particulars, bool words,
                 std::vector<std::uint64_t>& out);

}  // namespace lianqiao::history
