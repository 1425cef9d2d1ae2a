#include "archive/plan_file.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "archive/checked_text.hpp"
#include "archive/json_fields.hpp"
#include "base/error.hpp"
#include "base/files.hpp"

namespace attnsweep::archive {
namespace {

constexpr std::uint64_t check_key = 0x706c616e;  // "plan"
constexpr int plan_major = 1;
constexpr int plan_minor = 1;

std::string plan_name(int n) {
  return n == 0 ? "tasks.json" : "tasks." + std::to_string(n) + ".json";
}

// n of tasks.n.json (0 for tasks.json), or nothing for another file.
std::optional<int> plan_number(const std::string& name) {
  if (name == plan_name(0)) return 0;
  if (!name.starts_with("tasks.")) return std::nullopt;
  int n = 0;
  const auto digits = name.substr(6);
  std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (n < 1 || name != plan_name(n)) return std::nullopt;
  return n;
}

Json cell_json(const PlannedCell& cell) {
  return {{"info", to_json(cell.info)},
          {"measure", to_json(cell.measure)},
          {"n_records", cell.n_records},
          {"records_per_block", cell.records_per_block}};
}

Json task_json(const Task& task) {
  return {{"id", task.id},
          {"model", task.model},
          {"corpus", task.corpus},
          {"first_block", task.first_block},
          {"n_blocks", task.n_blocks},
          {"flops", task.flops}};
}

// One task a line, so that a million of them stay readable.
std::string payload_of(const Plan& plan) {
  const Json head{{"format", "attnsweep plan"},    {"schema_major", plan_major},
                  {"schema_minor", plan_minor},    {"study", plan.study},
                  {"study_hash", plan.study_hash}, {"seed", plan.seed}};
  std::string text = head.dump(1, ' ', false, Json::error_handler_t::replace);
  text.resize(text.rfind('\n'));
  text += ",\n \"cells\": [";
  for (std::size_t k = 0; k < plan.cells.size(); ++k)
    text += (k == 0 ? "\n" : ",\n") +
            cell_json(plan.cells[k]).dump(1, ' ', false, Json::error_handler_t::replace);
  text += "],\n \"tasks\": [";
  for (std::size_t k = 0; k < plan.tasks.size(); ++k)
    text += (k == 0 ? "\n  " : ",\n  ") + compact(task_json(plan.tasks[k]));
  return text + "]\n}";
}

void check_version(const Json& json) {
  std::string format;
  get(json, "format", format);
  if (format != "attnsweep plan")
    throw std::runtime_error("its format is '" + format + "', expected 'attnsweep plan'");
  int major = 0, minor = 0;
  get(json, "schema_major", major);
  get(json, "schema_minor", minor);
  if (major != plan_major)
    throw std::runtime_error("plan schema " + std::to_string(major) + "." + std::to_string(minor) +
                             " is unknown, this program reads " + std::to_string(plan_major) +
                             ".x; use the version of attnsweep that wrote it");
}

Plan plan_from(const Json& json) {
  check_version(json);
  Plan plan;
  get(json, "study", plan.study);
  get(json, "study_hash", plan.study_hash);
  get(json, "seed", plan.seed);
  for (const auto& element : member(json, "cells")) {
    PlannedCell cell;
    cell.info = cell_from_json(member(element, "info"));
    cell.measure = measure_from_json(member(element, "measure"));
    get(element, "n_records", cell.n_records);
    get(element, "records_per_block", cell.records_per_block);
    if (cell.records_per_block < 1) throw std::runtime_error("'records_per_block' is below 1");
    plan.cells.push_back(std::move(cell));
  }
  for (const auto& element : member(json, "tasks")) {
    Task task;
    get(element, "id", task.id);
    get(element, "model", task.model);
    get(element, "corpus", task.corpus);
    get(element, "first_block", task.first_block);
    get(element, "n_blocks", task.n_blocks);
    get(element, "flops", task.flops);
    plan.tasks.push_back(std::move(task));
  }
  return plan;
}

Plan read_one(const std::filesystem::path& file) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const InputError& error) {
    throw ArchiveError(error.what());
  }
  try {
    if (text.empty() || text.back() != '\n')
      throw std::runtime_error("its last line is cut off, the file is damaged");
    text.pop_back();
    const auto payload = checked_payload(check_key, "plan", text);
    const auto json = Json::parse(payload, nullptr, false);
    if (json.is_discarded()) throw std::runtime_error("its plan is not JSON");
    return plan_from(json);
  } catch (const std::runtime_error& error) {
    throw ArchiveError(file.string() + ": " + error.what());
  }
}

using CellKey = std::pair<std::string, std::string>;

void merge(Plan& all, Plan next, std::map<CellKey, std::size_t>& cells, std::set<std::string>& ids,
           const std::filesystem::path& file) {
  all.study = next.study;
  all.study_hash = next.study_hash;
  all.seed = next.seed;
  for (auto& cell : next.cells) {
    const auto [at, added] =
        cells.try_emplace({cell.info.model, cell.info.corpus}, all.cells.size());
    if (added)
      all.cells.push_back(std::move(cell));
    else
      all.cells[at->second] = std::move(cell);
  }
  for (auto& task : next.tasks) {
    if (!ids.insert(task.id).second)
      throw ArchiveError(file.string() + ": task '" + task.id + "' is planned twice");
    if (!cells.contains({task.model, task.corpus}))
      throw ArchiveError(file.string() + ": task '" + task.id + "' belongs to no cell");
    all.tasks.push_back(std::move(task));
  }
}

}  // namespace

void write_plan(const std::filesystem::path& run, int n, const Plan& plan) {
  require(n >= 0, "plan file number " + std::to_string(n));
  write_file_durably(run / plan_name(n), with_check(check_key, "plan", payload_of(plan)) + "\n");
}

int n_plan_files(const std::filesystem::path& run) {
  std::error_code error;
  int n = 0;
  while (std::filesystem::exists(run / plan_name(n), error)) ++n;
  return n;
}

Plan read_plan(const std::filesystem::path& run) {
  std::error_code error;
  std::set<int> numbers;
  for (std::filesystem::directory_iterator at(run, error), end; !error && at != end;
       at.increment(error))
    if (const auto n = plan_number(at->path().filename().string())) numbers.insert(*n);
  if (error)
    throw ArchiveError(run.string() + ": is not a run: cannot be listed: " + error.message());
  if (numbers.empty())
    throw ArchiveError(run.string() + ": is not a run of attnsweep: it holds no tasks.json");
  Plan plan;
  std::map<CellKey, std::size_t> cells;
  std::set<std::string> ids;
  int expected = 0;
  for (const int n : numbers) {
    if (n != expected++)
      throw ArchiveError((run / plan_name(n)).string() + ": " + plan_name(expected - 1) +
                         ", which it continues, is missing");
    const auto file = run / plan_name(n);
    merge(plan, read_one(file), cells, ids, file);
  }
  return plan;
}

}  // namespace attnsweep::archive
