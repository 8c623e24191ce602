using System.ComponentModel;
using System.Globalization;
using System.Reflection;

namespace Belong.ConsentService.Hosting;

/// <summary>Finds settings that do not exist and values of the wrong kind: binding would stop at the first.</summary>
internal static class SettingsShape
{
    /// <returns>Sentences by the path of what they speak of.</returns>
    public static Dictionary<string, string> FindErrors(IConfigurationSection section, Type type)
    {
        var errors = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        CheckObject(section, type, errors);
        return errors;
    }

    private static void CheckObject(IConfigurationSection section, Type type, Dictionary<string, string> errors)
    {
        if (section.Value is { Length: > 0 })
        {
            errors.Add(section.Path, $"{section.Path} holds a value: a section is allowed");
        }

        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToList();
        foreach (var child in section.GetChildren())
        {
            if (properties.Find(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) is { } property)
            {
                Check(child, property.PropertyType, errors);
            }
            else
            {
                errors.Add(child.Path, $"{child.Path} is unknown: {string.Join(", ", properties.Select(known => known.Name))} are allowed");
            }
        }
    }

    private static void Check(IConfigurationSection section, Type stated, Dictionary<string, string> errors)
    {
        var type = Nullable.GetUnderlyingType(stated) ?? stated;
        if (type == typeof(string) || type.IsPrimitive)
        {
            CheckValue(section, type, errors);
        }
        else if (type.IsArray || type.IsGenericType)
        {
            var element = type.GetElementType() ?? type.GetGenericArguments()[^1];
            foreach (var child in section.GetChildren())
            {
                Check(child, element, errors);
            }
        }
        else
        {
            CheckObject(section, type, errors);
        }
    }

    private static void CheckValue(IConfigurationSection section, Type type, Dictionary<string, string> errors)
    {
        if (section.GetChildren().Any())
        {
            errors.Add(section.Path, $"{section.Path} holds a section: one value is allowed");
        }
        else if (section.Value is { } value && !TypeDescriptor.GetConverter(type).IsValid(value))
        {
            errors.Add(section.Path, $"{section.Path} is '{value}': {Describe(type)} is allowed");
        }
    }

    private static string Describe(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(double) ? "a number"
        : string.Create(CultureInfo.InvariantCulture, $"a whole number up to {int.MaxValue}");
}
