#include "file_drop/result_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace lianqiao::file_drop {

namespace {

constexpr std::string_view kHeader =
    "\xEF\xBB\xBF"
    "行号 row,工作表 sheet,状态 status,记录编号 record,来源编号 source id,异常编号 exception,原因 "
    "problems\r\n";

void appendField(std::string& line, std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  if (runsAsFormula(clean)) clean.insert(clean.begin(), '\'');
  if (clean.find_first_of(",\"") == std::string::npos) {
    line += clean;
    return;
  }
  line += '"';
  for (const char c : clean) {
    line += c;
    if (c == '"') line += c;
  }
  line += '"';
}

std::string_view statusText(ItemVerdict::Status status) {
  switch (status) {
    case ItemVerdict::Status::accepted:
      return "已受理 accepted";
    case ItemVerdict::Status::duplicate:
      return "重复 duplicate";
    case ItemVerdict::Status::quarantined:
      break;
  }
  return "异常 exception";
}

std::string problemsText(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += "; ";
    text +=
        problem.code + (problem.path.empty() ? "" : " " + problem.path) + ": " + problem.message;
  }
  return text;
}

}  // namespace

bool runsAsFormula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
}

Result<ResultFile> ResultFile::open(const Folder& folder, const std::string& name,
                                    std::uint32_t mode) {
  ResultFile result;
  result.path_ = folder.path() / name;
  auto file = folder.append(name);
  if (!file) return file.error();
  result.file_ = std::move(*file);
  if (auto set = setMode(result.file_, mode, result.path_); !set) return set.error();
  std::uint64_t lines = 0;
  const auto end = result.endOfRow(~std::uint64_t{0}, lines);
  if (!end) return end.error();
  if (auto cut = result.cut(*end); !cut) return cut.error();
  result.rows_ = lines == 0 ? 0 : lines - 1;
  if (lines == 0) {
    if (auto written = result.append(kHeader, 0); !written) return written.error();
  }
  return result;
}

/// Offset behind line `wanted`, counted from 1 with the header; of the last whole line if there are
/// fewer.
Result<std::uint64_t> ResultFile::endOfRow(std::uint64_t wanted, std::uint64_t& found) const {
  std::vector<char> block(64u << 10);
  std::uint64_t end = 0;
  for (std::uint64_t offset = 0; found < wanted;) {
    const auto n = readAt(file_, offset, block);
    if (!n) return n.error();
    if (*n == 0) break;
    for (std::size_t i = 0; i < *n && found < wanted; ++i) {
      if (block[i] != '\n') continue;
      ++found;
      end = offset + i + 1;
    }
    offset += *n;
  }
  return end;
}

Result<void> ResultFile::cut(std::uint64_t size) {
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0)
    return fileError("cannot cut", path_, errno);
  size_ = size;
  return {};
}

Result<void> ResultFile::keep(std::uint64_t rows) {
  if (rows >= rows_) return {};
  std::uint64_t lines = 0;
  const auto end = endOfRow(rows + 1, lines);
  if (!end) return end.error();
  rows_ = rows;
  return cut(*end);
}

Result<void> ResultFile::append(std::string_view lines, std::uint64_t rows) {
  if (auto written = writeAll(file_, lines, path_); !written) {
    if (auto undone = cut(size_); !undone) return undone;
    return written;
  }
  size_ += lines.size();
  rows_ += rows;
  return {};
}

std::string passedOverLine(const PassedOver& passed) {
  std::string line = ",,跳过 skipped,,,,";
  appendField(line, std::to_string(passed.rows) + " 行 rows: " + passed.places);
  return line + "\r\n";
}

std::string resultLine(std::uint64_t row, std::string_view sheet, const ItemVerdict& verdict) {
  const bool exception = verdict.status == ItemVerdict::Status::quarantined;
  std::string line = row == 0 ? "" : std::to_string(row);
  for (const std::string_view field :
       {sheet, statusText(verdict.status),
        exception ? std::string_view() : std::string_view(verdict.id),
        std::string_view(verdict.sourceId),
        exception ? std::string_view(verdict.id) : std::string_view()}) {
    line += ',';
    appendField(line, field);
  }
  line += ',';
  appendField(line, problemsText(verdict.problems));
  return line + "\r\n";
}

}  // namespace lianqiao::file_drop
