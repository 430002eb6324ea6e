using Sallyport.Portal;

return await PortalCommands.RunAsync(args);
