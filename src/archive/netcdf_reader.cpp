#include <array>

#include "archive/handles.hpp"
#include "archive/netcdf.hpp"
#include "base/error.hpp"

namespace attnsweep::archive {
namespace {

std::string place(const std::string& group, const std::string& attribute) {
  return "attribute '" + attribute + "' of " + (group.empty() ? "the file" : "'" + group + "'");
}

}  // namespace

struct NetcdfReader::State {
  std::string name;
  Handle file;

  ~State() {
    const Hdf5Guard guard;
    file = {};
  }

  template <class Body>
  auto guarded(const std::string& what, Body body) const {
    const Hdf5Guard guard;
    try {
      return body();
    } catch (const Hdf5Error& error) {
      throw ArchiveError(name + ": " + what + ": " + error.what());
    }
  }

  Handle open_attribute(const std::string& group, const std::string& attribute) const {
    const std::string object = group.empty() ? "/" : group;
    return {
        H5Aopen_by_name(file.get(), object.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose, "H5Aopen_by_name"};
  }

  // A dataset whose links all exist: H5Lexists wants every step of the path.
  bool exists(const std::string& path) const {
    for (auto end = path.find('/');; end = path.find('/', end + 1)) {
      const auto part = path.substr(0, end);
      if (checked(H5Lexists(file.get(), part.c_str(), H5P_DEFAULT), "H5Lexists") == 0) return false;
      if (end == std::string::npos) return true;
    }
  }

  std::vector<hsize_t> shape(const Handle& dataset) const {
    const Handle space(H5Dget_space(dataset.get()), H5Sclose, "H5Dget_space");
    const int rank = checked(H5Sget_simple_extent_ndims(space.get()), "H5Sget_simple_extent_ndims");
    std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
    checked(H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr),
            "H5Sget_simple_extent_dims");
    return sizes;
  }

  // Reads rows [first, first + count) into a buffer of elements of `type`.
  template <class Element>
  std::vector<Element> rows(const Handle& dataset, hid_t type, std::size_t per_element,
                            std::size_t first, std::size_t count) const {
    auto sizes = shape(dataset);
    if (sizes.empty() || first > sizes[0] || count > sizes[0] - first)
      throw Hdf5Error("it has fewer rows than asked for");
    std::vector<hsize_t> start(sizes.size(), 0);
    start[0] = first;
    sizes[0] = count;
    std::size_t n = per_element;
    for (const auto size : sizes) n *= size;
    std::vector<Element> out(n);
    if (n == 0) return out;
    const Handle on_file(H5Dget_space(dataset.get()), H5Sclose, "H5Dget_space");
    checked(H5Sselect_hyperslab(on_file.get(), H5S_SELECT_SET, start.data(), nullptr, sizes.data(),
                                nullptr),
            "H5Sselect_hyperslab");
    const Handle in_memory(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
                           H5Sclose, "H5Screate_simple");
    checked(H5Dread(dataset.get(), type, in_memory.get(), on_file.get(), H5P_DEFAULT, out.data()),
            "H5Dread");
    return out;
  }
};

NetcdfReader::NetcdfReader(std::string name, std::string_view bytes)
    : state_(std::make_unique<State>()) {
  state_->name = std::move(name);
  state_->guarded("cannot be opened as HDF5", [&] {
    const auto access = new_property_list(H5P_FILE_ACCESS);
    constexpr std::size_t increment = 1 << 20;
    checked(H5Pset_fapl_core(access.get(), increment, 0), "H5Pset_fapl_core");
    checked(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), "H5Pset_fclose_degree");
    if (bytes.empty()) throw Hdf5Error("the file is empty");
    checked(H5Pset_file_image(access.get(), const_cast<char*>(bytes.data()), bytes.size()),
            "H5Pset_file_image");
    // Two open images of one name would count as the same file.
    static std::uint64_t n_opened = 0;
    const auto unique = state_->name + "#" + std::to_string(n_opened++);
    state_->file =
        Handle(H5Fopen(unique.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose, "H5Fopen");
  });
}

NetcdfReader::~NetcdfReader() = default;
NetcdfReader::NetcdfReader(NetcdfReader&&) noexcept = default;

const std::string& NetcdfReader::name() const { return state_->name; }

bool NetcdfReader::has_attribute(const std::string& group, const std::string& attribute) const {
  return state_->guarded(place(group, attribute), [&] {
    const std::string object = group.empty() ? "/" : group;
    return checked(H5Aexists_by_name(state_->file.get(), object.c_str(), attribute.c_str(),
                                     H5P_DEFAULT),
                   "H5Aexists_by_name") > 0;
  });
}

std::string NetcdfReader::text_attribute(const std::string& group,
                                         const std::string& attribute) const {
  return state_->guarded(place(group, attribute), [&] {
    const auto open = state_->open_attribute(group, attribute);
    const Handle type(H5Aget_type(open.get()), H5Tclose, "H5Aget_type");
    if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0)
      throw Hdf5Error("is no text of fixed length");
    const Handle space(H5Aget_space(open.get()), H5Sclose, "H5Aget_space");
    if (H5Sget_simple_extent_npoints(space.get()) != 1) throw Hdf5Error("is not a single text");
    std::string text(H5Tget_size(type.get()), '\0');
    checked(H5Aread(open.get(), type.get(), text.data()), "H5Aread");
    text.erase(text.find_last_not_of('\0') + 1);
    return text;
  });
}

std::int64_t NetcdfReader::integer_attribute(const std::string& group,
                                             const std::string& attribute) const {
  return state_->guarded(place(group, attribute), [&] {
    const auto open = state_->open_attribute(group, attribute);
    const Handle type(H5Aget_type(open.get()), H5Tclose, "H5Aget_type");
    const Handle space(H5Aget_space(open.get()), H5Sclose, "H5Aget_space");
    if (H5Tget_class(type.get()) != H5T_INTEGER || H5Sget_simple_extent_npoints(space.get()) != 1)
      throw Hdf5Error("is not a single integer");
    std::int64_t value = 0;
    checked(H5Aread(open.get(), H5T_NATIVE_INT64, &value), "H5Aread");
    return value;
  });
}

bool NetcdfReader::has_variable(const std::string& path) const {
  return state_->guarded("'" + path + "'", [&] { return state_->exists(path); });
}

std::vector<std::size_t> NetcdfReader::shape(const std::string& path) const {
  return state_->guarded("dataset '" + path + "'", [&] {
    const auto sizes = state_->shape(open_dataset(state_->file.get(), path));
    return std::vector<std::size_t>(sizes.begin(), sizes.end());
  });
}

std::vector<double> NetcdfReader::numbers(const std::string& path, std::size_t first,
                                          std::size_t count) const {
  return state_->guarded("dataset '" + path + "'", [&] {
    const auto dataset = open_dataset(state_->file.get(), path);
    const Handle type(H5Dget_type(dataset.get()), H5Tclose, "H5Dget_type");
    if (H5Tequal(type.get(), H5T_IEEE_F64LE) <= 0) throw Hdf5Error("its numbers are not float64");
    return state_->rows<double>(dataset, H5T_NATIVE_DOUBLE, 1, first, count);
  });
}

std::vector<std::string> NetcdfReader::texts(const std::string& path, std::size_t first,
                                             std::size_t count) const {
  return state_->guarded("dataset '" + path + "'", [&] {
    const auto dataset = open_dataset(state_->file.get(), path);
    const Handle type(H5Dget_type(dataset.get()), H5Tclose, "H5Dget_type");
    if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0)
      throw Hdf5Error("its elements are no texts of fixed length");
    const std::size_t width = H5Tget_size(type.get());
    const auto flat = state_->rows<char>(dataset, type.get(), width, first, count);
    std::vector<std::string> out;
    out.reserve(flat.size() / width);
    for (std::size_t at = 0; at < flat.size(); at += width) {
      std::string text(flat.data() + at, width);
      text.erase(text.find_last_not_of('\0') + 1);
      out.push_back(std::move(text));
    }
    return out;
  });
}

}  // namespace attnsweep::archive
