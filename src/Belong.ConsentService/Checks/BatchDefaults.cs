using Belong.Consent.V1;
using Google.Protobuf.Collections;

namespace Belong.ConsentService.Checks;

/// <summary>Puts what a batch states for all into a check that leaves it out.</summary>
internal static class BatchDefaults
{
    public static void Apply(CheckDefaults defaults, BatchCheck check)
    {
        switch (check.QuestionCase)
        {
            case BatchCheck.QuestionOneofCase.Use:
                Apply(defaults, check.Use);
                break;
            case BatchCheck.QuestionOneofCase.Disclosure:
                Apply(defaults, check.Disclosure);
                break;
            case BatchCheck.QuestionOneofCase.AnonymizedProvision:
                Apply(defaults, check.AnonymizedProvision);
                break;
        }
    }

    private static void Apply(CheckDefaults defaults, CheckUseRequest use)
    {
        Apply(defaults.Purposes, use.Purposes);
        Apply(defaults.Items, use.Items);
        use.ObligationRef = Stated(use.ObligationRef, defaults.ObligationRef);
        use.InquiryRef = Stated(use.InquiryRef, defaults.InquiryRef);
        use.DeterminationRef = Stated(use.DeterminationRef, defaults.DeterminationRef);
        use.Options = Merge(defaults.Options, use.Options);
        if (!use.HasChannel && defaults.HasChannel)
        {
            use.Channel = defaults.Channel;
        }

        if (!use.HasPromotionalContent && defaults.HasPromotionalContent)
        {
            use.PromotionalContent = defaults.PromotionalContent;
        }
    }

    private static void Apply(CheckDefaults defaults, CheckDisclosureRequest disclosure)
    {
        Apply(defaults.Purposes, disclosure.Purposes);
        Apply(defaults.Items, disclosure.Items);
        disclosure.ObligationRef = Stated(disclosure.ObligationRef, defaults.ObligationRef);
        disclosure.InquiryRef = Stated(disclosure.InquiryRef, defaults.InquiryRef);
        disclosure.DeterminationRef = Stated(disclosure.DeterminationRef, defaults.DeterminationRef);
        disclosure.RecipientId = Stated(disclosure.RecipientId, defaults.RecipientId);
        disclosure.RecipientPurpose = Stated(disclosure.RecipientPurpose, defaults.RecipientPurpose);
        disclosure.Options = Merge(defaults.Options, disclosure.Options);
        if (!disclosure.HasCapacity && defaults.HasCapacity)
        {
            disclosure.Capacity = defaults.Capacity;
        }

        if (!disclosure.HasChannel && defaults.HasChannel)
        {
            disclosure.Channel = defaults.Channel;
        }

        if (!disclosure.HasPromotionalContent && defaults.HasPromotionalContent)
        {
            disclosure.PromotionalContent = defaults.PromotionalContent;
        }
    }

    private static void Apply(CheckDefaults defaults, CheckAnonymizedProvisionRequest provision)
    {
        Apply(defaults.Purposes, provision.Purposes);
        Apply(defaults.Items, provision.Items);
        provision.RecipientId = Stated(provision.RecipientId, defaults.RecipientId);
        provision.Options = Merge(defaults.Options, provision.Options);
        if (!provision.HasChannel && defaults.HasChannel)
        {
            provision.Channel = defaults.Channel;
        }

        if (!provision.HasPromotionalContent && defaults.HasPromotionalContent)
        {
            provision.PromotionalContent = defaults.PromotionalContent;
        }
    }

    private static void Apply<T>(RepeatedField<T> defaults, RepeatedField<T> stated)
    {
        if (stated.Count == 0)
        {
            stated.AddRange(defaults);
        }
    }

    private static string Stated(string stated, string byDefault) => stated.Length > 0 ? stated : byDefault;

    private static CheckOptions? Merge(CheckOptions? defaults, CheckOptions? stated)
    {
        if (defaults is null || stated is null)
        {
            return stated ?? defaults;
        }

        var merged = defaults.Clone();
        if (stated.HasMode || stated.At is not null)
        {
            // An instant without its mode, or a mode with another's instant, would be refused.
            merged.ClearMode();
            merged.At = null;
        }

        merged.MergeFrom(stated);
        return merged;
    }
}
