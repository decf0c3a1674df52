#include "setup/kept_configuration.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <system_error>
#include <vector>

#include "config/load.h"
#include "lianqiao/codes.h"

namespace lianqiao::setup {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSchemas = "#schemas/";
constexpr std::string_view kGrids = "#grids/";

/// Sorted, so that two nodes leave out the same.
std::vector<fs::path> filesIn(const fs::path& folder, std::string_view end) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), none; !error && at != none; at.increment(error))
    if (at->path().filename().string().ends_with(end) && at->is_regular_file(error))
      files.push_back(at->path());
  std::sort(files.begin(), files.end());
  return files;
}

void appendPart(std::string_view part, std::string& out) {
  out.append(std::to_string(part.size())).append(":").append(part);
}

/// Takes it off the front; nothing where there is none.
std::optional<std::string_view> takePart(std::string_view& text) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc() || !text.starts_with(':') || text.size() - 1 < size) return std::nullopt;
  const std::string_view part = text.substr(1, size);
  text.remove_prefix(1 + size);
  return part;
}

/// Is there for the time of a call.
class Scratch {
 public:
  explicit Scratch(fs::path folder) : folder_(std::move(folder)) { clear(); }
  ~Scratch() { clear(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] bool write(const std::string& path, std::string_view bytes) const {
    std::error_code error;
    const fs::path file = folder_ / path;
    fs::create_directories(file.parent_path(), error);
    std::ofstream out(file, std::ios::binary);
    out << bytes;
    return out.good();
  }
  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  void clear() const {
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  const fs::path folder_;
};

Error unusable(std::string why) { return {codes::kConfig, std::move(why)}; }

}  // namespace

KeptConfiguration KeptConfiguration::read(const config::GatewayConfig& config) {
  KeptConfiguration kept;
  std::size_t room = kMostBytes;
  const auto addAll = [&](const fs::path& folder, std::string_view end, const std::string& below) {
    for (const fs::path& file : filesIn(folder, end))
      kept.add(file, below + file.filename().string(), room);
  };
  addAll(config.directory, ".yaml", "");
  for (const char* folder : {"peers", "mappings", "codes"})
    addAll(config.directory / folder, ".yaml", std::string(folder) + "/");
  const std::string schemas(kSchemas);
  addAll(config.schemas, ".json", schemas);
  addAll(config.schemas, ".yaml", schemas);
  addAll(config.schemas / "datasets", ".json", schemas + "datasets/");
  if (!config.grids.folder.empty()) addAll(config.grids.folder, "", std::string(kGrids));
  return kept;
}

void KeptConfiguration::add(const fs::path& file, std::string path, std::size_t& room) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error || size > room) return;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::ifstream in(file, std::ios::binary);
  if (!in.read(bytes.data(), static_cast<std::streamsize>(size)) && size > 0) return;
  room -= bytes.size();
  files_[std::move(path)] = std::move(bytes);
}

std::string KeptConfiguration::text() const {
  std::string text;
  for (const auto& [path, bytes] : files_) {
    appendPart(path, text);
    appendPart(bytes, text);
  }
  return text;
}

std::optional<KeptConfiguration> KeptConfiguration::ofText(std::string_view text) {
  KeptConfiguration kept;
  while (!text.empty()) {
    const auto path = takePart(text);
    const auto bytes = path ? takePart(text) : std::nullopt;
    // It is written below a folder of ours.
    if (!bytes || path->empty() || path->front() == '/' || path->find("..") != path->npos)
      return std::nullopt;
    kept.files_[std::string(*path)] = *bytes;
  }
  return kept;
}

void KeptConfiguration::keep(const KeptConfiguration& former, const std::string& path) {
  const auto found = former.files_.find(path);
  if (found == former.files_.end()) {
    files_.erase(path);
  } else {
    files_[path] = found->second;
  }
}

void KeptConfiguration::keepPeer(const KeptConfiguration& former, const std::string& peer,
                                 const PeerDigests& digests) {
  keep(former, "peers/" + peer + ".yaml");
  for (const std::string& mapping : digests.mappings) keep(former, "mappings/" + mapping + ".yaml");
  for (const std::string& table : digests.tables) keep(former, "codes/" + table + ".yaml");
}

Result<std::shared_ptr<const pipeline::Pipeline>> KeptConfiguration::compile(
    const AdapterSet& adapters, const fs::path& scratch) const {
  const Scratch made(scratch);
  for (const auto& [path, bytes] : files_)
    if (!made.write(path, bytes))
      return unusable("The folder " + scratch.string() +
                      " cannot be written; check the free space and its owner.");
  // Secrets and certificates of then may be gone, and no payload is made of them.
  yaml::Findings ofSecrets;
  config::Contents reading = config::readAll(
      made.folder(), [&](std::string_view name) { return adapters.find(name); }, ofSecrets);
  reading.config.schemas = made.folder() / kSchemas;
  if (!reading.config.grids.folder.empty()) reading.config.grids.folder = made.folder() / kGrids;
  yaml::Findings findings;
  std::shared_ptr<const pipeline::Pipeline> pipeline =
      pipeline::Pipeline::compile(reading.config, findings);
  if (pipeline != nullptr && findings.empty()) return pipeline;
  return unusable("The kept configuration does not compile any more" +
                  (findings.empty() ? "." : ": " + findings.all().front().text()));
}

}  // namespace lianqiao::setup
