#include "file_drop/open_ledger.h"

#include <array>

#include "file_drop/csv_reader.h"
#include "file_drop/table_items.h"
#include "file_drop/workbook.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::string_view kZip = "PK\x03\x04";
constexpr std::string_view kCompound = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

Error badFile(std::string detail) { return Error{std::string(codes::kBadFile), std::move(detail)}; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string extensionOf(std::string_view name) {
  return lower(std::filesystem::path(name).extension().native());
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
    return Error{std::string(codes::kDecodeLimit), name + " is larger than " +
                                                       std::to_string(options.maxFile >> 20) +
                                                       " MiB; split it, or raise max_file"};
  }
  std::string head(64u << 10, '\0');
  auto n = readAt(file, 0, head);
  if (!n) return n.error();
  head.resize(*n);
  return head;
}

/// What a file that should be a workbook is instead.
Error notAWorkbook(const std::string& name, std::string_view head) {
  const std::string start = lower(trim(head).substr(0, 64));
  if (start.empty()) return badFile(name + " is empty");
  if (start.starts_with("<html") || start.starts_with("<!doctype html") ||
      start.starts_with("<table") || start.starts_with("<meta") || start.starts_with("<?xml")) {
    return badFile(
        name + " is a web page or XML file with a workbook's name; open it and save it as .xlsx");
  }
  return badFile(name + " is no workbook; open it and save it as .xlsx, or as .csv if it is text");
}

/// The sheets of one workbook, one after the other.
class WorkbookItems final : public ItemReader {
 public:
  WorkbookItems(std::shared_ptr<Workbook> workbook, std::vector<Sheet> sheets, std::string file,
                const ReadOptions& options)
      : workbook_(std::move(workbook)),
        sheets_(std::move(sheets)),
        file_(std::move(file)),
        options_(options) {}

  Result<bool> next(Item& item) override {
    for (;;) {
      if (current_) {
        auto found = current_->next(item);
        if (!found || *found) return found;
        current_.reset();
      }
      if (at_ == sheets_.size()) return false;
      const Sheet& sheet = sheets_[at_++];
      auto rows = openSheet(workbook_, sheet, options_);
      if (!rows) return rows.error();
      current_ = std::make_unique<TableItems>(std::move(*rows), file_, sheet.name, options_);
    }
  }

 private:
  std::shared_ptr<Workbook> workbook_;
  std::vector<Sheet> sheets_;
  std::string file_;
  ReadOptions options_;
  std::unique_ptr<TableItems> current_;
  std::size_t at_ = 0;
};

Result<std::unique_ptr<ItemReader>> openXlsx(Fd file, const std::string& name,
                                             const ReadOptions& options) {
  auto workbook = openWorkbook(std::move(file), options);
  if (!workbook) return Error{workbook.error().code, name + ": " + workbook.error().detail};
  auto sheets = chooseSheets(**workbook, options.sheet);
  if (!sheets) return Error{sheets.error().code, name + ": " + sheets.error().detail};
  return std::unique_ptr<ItemReader>(
      std::make_unique<WorkbookItems>(std::move(*workbook), std::move(*sheets), name, options));
}

}  // namespace

Result<std::unique_ptr<ItemReader>> openLedger(Fd file, const std::string& name,
                                               const ReadOptions& options) {
  const auto head = readHead(file, name, options);
  if (!head) return head.error();
  const std::string extension = extensionOf(name);
  if (head->starts_with(kZip) || head->starts_with("PK\x05\x06"))
    return openXlsx(std::move(file), name, options);
  if (head->starts_with(kCompound)) {
    return badFile(name + (isEncrypted(*head)
                               ? " is protected by a password; save it without one"
                               : " is an old .xls workbook (or is protected by a password); "
                                 "save it as .xlsx without a password"));
  }
  if (isWorkbookName(extension)) return notAWorkbook(name, *head);
  if (extension == ".jsonl" || extension == ".ndjson")
    return openJsonl(std::move(file), name, options);
  auto rows = openCsv(std::move(file), options);
  if (!rows) return rows.error();
  return std::unique_ptr<ItemReader>(
      std::make_unique<TableItems>(std::move(*rows), name, "", options));
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
