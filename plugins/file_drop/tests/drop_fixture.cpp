#include "drop_fixture.h"

#include <stdlib.h>

#include <algorithm>
#include <charconv>
#include <fstream>

namespace lianqiao::file_drop::test {

namespace fs = std::filesystem;

namespace {

std::int64_t numberAtStart(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Settings::Value valueOf(const FieldSpec& field) {
  const std::string_view text = field.fallback;
  const std::int64_t number = numberAtStart(text);
  switch (field.kind) {
    case FieldKind::integer:
      return number;
    case FieldKind::size:
      return number << (text.ends_with("MiB") ? 20 : text.ends_with("KiB") ? 10 : 0);
    case FieldKind::duration:
      return std::chrono::milliseconds(number * (text.ends_with("m") ? 60'000 : 1'000));
    case FieldKind::boolean:
      return text == "true";
    default:
      return std::string(text);
  }
}

}  // namespace

Settings settingsWith(const Given& given) {
  Settings settings;
  for (const FieldSpec& field : fieldSpecs()) {
    if (!field.fallback.empty()) settings.set(std::string(field.name), valueOf(field));
  }
  for (const auto& [name, value] : given) settings.set(name, value);
  return settings;
}

TempFolder::TempFolder(bool inMemory) {
  const bool shm = inMemory && fs::exists("/dev/shm");
  std::string name =
      ((shm ? fs::path("/dev/shm") : fs::temp_directory_path()) / "file_drop-XXXXXX").native();
  path_ = ::mkdtemp(name.data());
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TempFolder::write(const std::string& name, std::string_view bytes) const {
  fs::path file = path_ / name;
  std::ofstream(file, std::ios::binary) << bytes;
  return file;
}

std::string withoutOrigin(const std::string& body) {
  std::string kept = body.substr(0, body.rfind("\"_origin\":"));
  if (kept.ends_with(',')) kept.pop_back();
  return kept + "}";
}

Read readLedger(const fs::path& file, ReadOptions options) {
  Read read;
  options.scratch = fs::temp_directory_path();
  auto reader = openLedger(file, file.filename(), options);
  Result<bool> found = true;
  if (!reader) found = reader.error();
  while (found && *found) {
    Item item;
    found = (*reader)->next(item);
    if (!found || !*found) break;
    json::Document document;
    EXPECT_TRUE(json::parse(item.raw.body, document).ok()) << item.raw.origin;
    read.bodies.push_back(withoutOrigin(item.raw.body));
    read.items.push_back(std::move(item));
  }
  if (reader) read.passed = (*reader)->passedOver();
  if (!found) {
    read.errorCode = found.error().code;
    read.errorDetail = found.error().detail;
  }
  return read;
}

Read readBytes(const std::string& name, std::string_view bytes, ReadOptions options) {
  const TempFolder folder;
  return readLedger(folder.write(name, bytes), std::move(options));
}

std::vector<std::string> namesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    names.push_back(entry->path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace lianqiao::file_drop::test
