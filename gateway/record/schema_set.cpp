#include "record/schema_set.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "record/event.h"

namespace lianqiao::record {
namespace {

namespace fs = std::filesystem;

void refuse(std::vector<Problem>& problems, const fs::path& file, std::string_view pointer,
            std::string message) {
  problems.push_back(
      {codes::kConfig, file.string() + "#" + std::string(pointer), std::move(message)});
}

bool isTypeName(std::string_view name) {
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || isDigit(c) || c == '_'; });
}

bool isVersion(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto number = [](std::string_view part) {
    return !part.empty() && part.size() <= 4 &&
           part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return dot != std::string_view::npos && number(text.substr(0, dot)) &&
         number(text.substr(dot + 1));
}

std::optional<std::string> readWhole(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return std::nullopt;
  return text;
}

std::vector<fs::path> jsonFilesIn(const fs::path& folder, std::error_code& error) {
  std::vector<fs::path> files;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".json" &&
        !entry->path().filename().string().starts_with('.')) {
      files.push_back(entry->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// False: a name there is none of a member, which was told.
bool readWithheld(const fs::path& file, const json::Value& properties,
                  std::vector<Withheld>& withheld, std::vector<Problem>& problems) {
  for (const json::Member& flag : properties.members()) {
    const json::Value* const names = flag.value.find("x-withholds");
    if (names == nullptr) continue;
    const std::string at = "/properties/" + std::string(flag.name) + "/x-withholds";
    const json::Value* const type = flag.value.find("type");
    if (type == nullptr || type->text() != "boolean" || !names->isArray()) {
      refuse(problems, file, at, "must be a list of members beside a boolean");
      return false;
    }
    for (const json::Value& name : names->elements()) {
      if (properties.find(name.text()) == nullptr) {
        refuse(problems, file, at, "names no member of the type: " + std::string(name.text()));
        return false;
      }
      withheld.push_back({std::string(flag.name), std::string(name.text())});
    }
  }
  return true;
}

}  // namespace

void SchemaSet::load(const fs::path& folder, std::vector<Problem>& problems) {
  loadFolder(folder, problems);
  std::error_code ignored;
  if (fs::is_directory(folder / "datasets", ignored)) loadFolder(folder / "datasets", problems);
}

void SchemaSet::loadFolder(const fs::path& folder, std::vector<Problem>& problems) {
  std::error_code error;
  const std::vector<fs::path> files = jsonFilesIn(folder, error);
  if (error) refuse(problems, folder, "", "cannot be read: " + error.message());
  for (const fs::path& file : files) loadFile(file, problems);
}

void SchemaSet::loadFile(const fs::path& file, std::vector<Problem>& problems) {
  const std::string type = file.stem().string();
  if (!isTypeName(type)) {
    refuse(problems, file, "",
           "must be named after its type in lower_snake, such as road_works.json");
    return;
  }
  if (types_.contains(type)) {
    refuse(problems, file, "", "there is a schema of this name already; choose another type name");
    return;
  }
  std::optional<std::string> text = readWhole(file);
  if (!text) {
    refuse(problems, file, "", "cannot be read");
    return;
  }
  std::vector<Problem> faults;
  std::optional<schema::Schema> schema = schema::Schema::compile(std::move(*text), faults);
  for (Problem& fault : faults) refuse(problems, file, fault.path, std::move(fault.message));
  if (!schema) return;
  const json::Value* root = schema->source().find("type");
  if (root == nullptr || root->text() != "object") {
    refuse(problems, file, "/type", "must be \"object\": the data of a record are an object");
    return;
  }
  const std::string version(schema->version().empty() ? "1.0" : schema->version());
  if (!isVersion(version)) {
    refuse(problems, file, "/x-version", "must be major.minor, such as \"1.0\"");
    return;
  }
  TypeSchema entry{type, eventTypeOf(type, version), std::string(schema->id()), *schema};
  if (entry.dataSchema.empty()) entry.dataSchema = "urn:lianqiao:schema:" + type + ":" + version;
  const json::Value* properties = schema->source().find("properties");
  entry.hasStatus = properties != nullptr && properties->find("status") != nullptr;
  if (properties != nullptr && !readWithheld(file, *properties, entry.withheld, problems)) return;
  types_.emplace(type, std::move(entry));
}

const TypeSchema* SchemaSet::find(std::string_view type) const {
  const auto found = types_.find(type);
  return found == types_.end() ? nullptr : &found->second;
}

std::vector<std::string_view> SchemaSet::types() const {
  std::vector<std::string_view> names;
  for (const auto& [name, entry] : types_) names.push_back(name);
  return names;
}

}  // namespace lianqiao::record
