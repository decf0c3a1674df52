#include "file_drop/open_ledger.h"

#include <array>

#include "file_drop/csv_reader.h"
#include "file_drop/workbook_items.h"
#include "file_drop/zip_archive.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::string_view kZip = "PK\x03\x04";
constexpr std::string_view kCompound = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

Error badFile(std::string detail) { return Error{codes::kBadFile, std::move(detail)}; }

std::string extensionOf(std::string_view name) {
  return lowered(std::filesystem::path(name).extension().native());
}

bool isWorkbookName(std::string_view extension) {
  return extension == ".xlsx" || extension == ".xlsm" || extension == ".xls" ||
         extension == ".xltx";
}

/// A password-protected .xlsx is an OLE container with this stream name, in UTF-16.
bool isEncrypted(std::string_view head) {
  constexpr std::string_view kName("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", 32);
  return head.find(kName) != std::string_view::npos;
}

Result<std::string> readHead(const Fd& file, const std::string& name, const ReadOptions& options) {
  const auto size = sizeOf(file);
  if (!size) return size.error();
  if (*size > options.maxFile) {
    return Error{codes::kDecodeLimit, name + " is larger than " +
                                          std::to_string(options.maxFile >> 20) +
                                          " MiB; split it, or raise max_file"};
  }
  std::string head(64u << 10, '\0');
  auto n = readAt(file, 0, head);
  if (!n) return n.error();
  head.resize(*n);
  return head;
}

/// A web page or an XML spreadsheet, whatever its name.
bool isMarkup(std::string_view head) {
  const std::string start = lowered(trim(head).substr(0, 64));
  return start.starts_with("<html") || start.starts_with("<!doctype html") ||
         start.starts_with("<table") || start.starts_with("<meta") || start.starts_with("<?xml") ||
         start.starts_with("<!--") || start.starts_with("mime-version:");
}

/// Bytes that no table of text has.
bool isBinary(std::string_view head) {
  const bool wide = head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
  return !wide && head.find('\0') != std::string_view::npos;
}

/// Holds a file to `expect: rows`.
class RowsExpected final : public ItemReader {
 public:
  RowsExpected(std::unique_ptr<ItemReader> items, std::string name)
      : items_(std::move(items)), name_(std::move(name)) {}

  Result<bool> next(Item& item) override {
    auto found = items_->next(item);
    if (!found) return found;
    any_ = any_ || *found;
    if (any_) return found;
    return Error{codes::kBadFile,
                 name_ +
                     " has no row, and this peer expects some; ask its office, or leave out "
                     "expect: rows"};
  }
  [[nodiscard]] PassedOver passedOver() const override { return items_->passedOver(); }

 private:
  std::unique_ptr<ItemReader> items_;
  std::string name_;
  bool any_ = false;
};

Result<std::unique_ptr<ItemReader>> open(Fd file, const std::string& name,
                                         const ReadOptions& options) {
  const auto head = readHead(file, name, options);
  if (!head) return head.error();
  const std::string extension = extensionOf(name);
  if (head->starts_with(kZip) || head->starts_with("PK\x05\x06"))
    return openWorkbookItems(std::move(file), name, options);
  if (head->starts_with(kCompound)) {
    return badFile(name + (isEncrypted(*head)
                               ? " is protected by a password; save it without one"
                               : " is an old .xls workbook (or is protected by a password); "
                                 "save it as .xlsx without a password"));
  }
  if (isMarkup(*head)) {
    return badFile(name +
                   " is a web page or an XML spreadsheet under another name; open it in a "
                   "spreadsheet program and save it as .xlsx");
  }
  if (extension == ".jsonl" || extension == ".ndjson" || extension == ".json")
    return openJsonl(std::move(file), name, options, extension == ".json");
  if (isWorkbookName(extension) && head->empty()) return badFile(name + " is empty");
  // Many programs call a table of text .xls, so that a spreadsheet program opens it.
  if (isWorkbookName(extension) && (extension != ".xls" || isBinary(*head))) {
    return badFile(name +
                   " is no workbook; open it and save it as .xlsx, or as .csv if it is text");
  }
  return openTextTable(std::move(file), name, options);
}

}  // namespace

Result<std::unique_ptr<ItemReader>> openLedger(Fd file, const std::string& name,
                                               const ReadOptions& options) {
  auto items = open(std::move(file), name, options);
  if (!items || !options.expectRows) return items;
  return std::unique_ptr<ItemReader>(std::make_unique<RowsExpected>(std::move(*items), name));
}

Result<std::unique_ptr<ItemReader>> openLedger(const std::filesystem::path& path,
                                               const std::string& name,
                                               const ReadOptions& options) {
  auto file = openForReading(path);
  if (!file) return file.error();
  return openLedger(std::move(*file), name, options);
}

bool isFolderFault(const Error& error) { return error.code == codes::kConnect; }

RawItem unreadableItem(const std::string& name, const Error& error) {
  RawItem item;
  item.origin = name;
  item.body = "{\"_origin\":{\"file\":";
  json::writeText(name, item.body);
  item.body += "}}";
  item.problems.push_back({error.code, "", error.detail});
  return item;
}

bool looksWhole(const Fd& file, std::string_view name) {
  std::array<char, 4> head{};
  const auto n = readAt(file, 0, head);
  const std::string extension = extensionOf(name);
  const bool workbook = n && std::string_view(head.data(), *n) == kZip;
  if (workbook) return endsAsZip(file);
  // An empty workbook is one whose first bytes have not come yet.
  return !(isWorkbookName(extension) && n && *n == 0);
}

}  // namespace lianqiao::file_drop
