// Below all features: each may use it, and none needs to say so.
global using Sallyport.Portal.Common;
